using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// What arrives on one channel: answers go to the request that waits, deliveries to their consumer, confirms to the window, returns to
/// whoever published. All on the receiving thread.
/// </summary>
internal sealed class ChannelInbox(AmqpChannel channel, ChannelTable table)
{
    private readonly Lock _gate = new();
    private readonly ContentAssembly _content = new();
    private readonly List<IDeliverySink> _touched = [];
    private readonly Dictionary<ShortString, IDeliverySink> _consumers = []; // Guarded by _gate; _last remembers one of them.
    private KnownConsumer? _last; // The consumer of the last delivery; written under _gate.
    private PendingReply? _pending; // Guarded by _gate.
    private Exception? _ended;      // Guarded by _gate.
    private bool _inBatch;

    public void Receive(in Frame frame, ReceiveBuffer buffer)
    {
        if (!_inBatch)
        {
            _inBatch = true;
            table.Touch(this);
        }
        if (frame.Type == FrameType.Method)
            ReceiveMethod(frame.Payload);
        else if (_content.Add(frame))
            ReceiveContent(buffer);
    }

    public void EndBatch()
    {
        _inBatch = false;
        _content.Keep();
        foreach (var sink in _touched)
            sink.EndBatch();
        _touched.Clear();
        channel.Confirms?.EndBatch();
    }

    /// <summary>The next answer is for this request.</summary>
    public void Expect(PendingReply pending)
    {
        lock (_gate)
        {
            if (_ended is not null)
                throw _ended;
            _pending = pending;
        }
    }

    public void AddConsumer(ShortString tag, IDeliverySink sink)
    {
        lock (_gate)
        {
            if (_ended is null)
                _consumers[tag] = sink;
        }
    }

    /// <summary>Forgets a consumer; false when it has ended already.</summary>
    public bool RemoveConsumer(ShortString tag)
    {
        lock (_gate)
        {
            _last = null;
            return _consumers.Remove(tag);
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void End(Exception reason)
    {
        PendingReply? pending;
        IDeliverySink[] consumers;
        lock (_gate)
        {
            _ended = reason;
            pending = _pending;
            _pending = null;
            consumers = [.. _consumers.Values];
            _consumers.Clear();
        }
        pending?.Fail(reason);
        foreach (var consumer in consumers)
            consumer.End(reason);
    }

    private void ReceiveMethod(ReadOnlyMemory<byte> payload)
    {
        if (_content.Method != MethodId.None)
            throw new ProtocolException(ReplyCode.UnexpectedFrame, "a method frame in the middle of content");
        switch (MethodPayload.ReadId(payload))
        {
            case MethodId.BasicDeliver:
                _content.Begin(MethodPayload.Read<BasicDeliver>(payload));
                break;
            case MethodId.BasicReturn:
                _content.Begin(MethodPayload.Read<BasicReturn>(payload));
                break;
            case MethodId.BasicGetOk:
                _content.Begin(MethodPayload.Read<BasicGetOk>(payload));
                break;
            case MethodId.BasicAck:
                var ack = MethodPayload.Read<BasicAck>(payload);
                channel.Confirms?.Settle(ack.DeliveryTag, ack.Multiple, acked: true);
                break;
            case MethodId.BasicNack:
                var nack = MethodPayload.Read<BasicNack>(payload);
                channel.Confirms?.Settle(nack.DeliveryTag, nack.Multiple, acked: false);
                break;
            case MethodId.BasicCancel:
                ReceiveCancel(MethodPayload.Read<BasicCancel>(payload));
                break;
            case MethodId.ChannelClose:
                channel.ReceiveClose(MethodPayload.Read<ChannelClose>(payload));
                break;
            case MethodId.ChannelFlow:
                channel.Send(new ChannelFlowOk(MethodPayload.Read<ChannelFlow>(payload).Active));
                break;
            case var id:
                ReceiveReply(id, payload);
                break;
        }
    }

    private void ReceiveReply(MethodId id, ReadOnlyMemory<byte> payload)
    {
        PendingReply? pending;
        lock (_gate)
            pending = _pending;
        if (pending is null || !pending.TryAccept(id, payload))
            throw new ProtocolException(ReplyCode.CommandInvalid, $"{id} was not expected on channel {channel.Number}");
        Release(pending);
    }

    private void Release(PendingReply pending)
    {
        lock (_gate)
        {
            if (_pending == pending)
                _pending = null;
        }
    }

    private void ReceiveContent(ReceiveBuffer buffer)
    {
        switch (_content.Method)
        {
            case MethodId.BasicDeliver:
                Deliver(buffer);
                break;
            case MethodId.BasicReturn:
                channel.ReceiveReturn(new InboundReturn(_content.Return, _content.Properties, _content.Body));
                break;
            default:
                ReceiveGetOk();
                break;
        }
        _content.End();
    }

    private void Deliver(ReceiveBuffer buffer)
    {
        var method = _content.Deliver;
        if (FindConsumer(method.ConsumerTag) is not { } sink)
            return; // Cancelled a moment ago; the broker gives the delivery back when the channel closes.
        if (!_touched.Contains(sink))
            _touched.Add(sink);
        sink.Deliver(new InboundDelivery(channel, method, _content.Properties, _content.Body, buffer));
    }

    private IDeliverySink? FindConsumer(ShortString tag)
    {
        var last = Volatile.Read(ref _last);
        if (last is not null && last.Tag == tag)
            return last.Sink;
        lock (_gate)
        {
            if (!_consumers.TryGetValue(tag, out var sink))
                return null;
            _last = new KnownConsumer(tag.ToOwned(), sink);
            return sink;
        }
    }

    private void ReceiveGetOk()
    {
        PendingReply? pending;
        lock (_gate)
            pending = _pending;
        if (pending is not PendingGet get)
            throw new ProtocolException(ReplyCode.CommandInvalid, "basic.get-ok was not expected");
        var method = _content.GetOk;
        get.Complete(new Delivery(
            channel,
            method.DeliveryTag,
            method.Redelivered,
            method.Exchange.ToString(),
            method.RoutingKey.ToOwned(),
            _content.Properties.ToOwned(),
            _content.BodyIsView ? _content.Body.ToArray() : _content.Body) { MessageCount = method.MessageCount });
        Release(get);
    }

    private void ReceiveCancel(in BasicCancel cancel)
    {
        IDeliverySink? sink;
        lock (_gate)
        {
            _last = null;
            _consumers.Remove(cancel.ConsumerTag, out sink);
        }
        if (!cancel.NoWait)
            channel.Send(new BasicCancelOk(cancel.ConsumerTag));
        sink?.End(new AmqpException($"The broker cancelled consumer '{cancel.ConsumerTag}': its queue was deleted or is not available."));
    }

    private sealed record KnownConsumer(ShortString Tag, IDeliverySink Sink);
}
