using System.Buffers.Text;
using Warren.Amqp;

namespace Warren.Simulation;

/// <summary>A channel of a client: what it has asked and not been told, and what it holds.</summary>
internal sealed class SimChannel(SimClient client, ushort number)
{
    private readonly Queue<(QueueModel Queue, bool NoAck, Asked Asked)> _gets = new();
    private readonly Dictionary<string, (QueueModel Queue, bool NoAck)> _consumers = [];
    private readonly SortedDictionary<ulong, SimMessage> _unconfirmed = [];
    private readonly Queue<Boundary> _commits = new();
    private readonly HashSet<string> _cancelled = [];
    private byte[] _body = [];
    private int _bodyFilled;
    private ContentHeader _header;
    private bool _isRedelivered;
    private (QueueModel Queue, bool NoAck, Asked Asked)? _from;
    private ulong _tag;
    private ulong _published;

    public SimClient Client => client;

    public ushort Number => number;

    public bool IsOpen { get; private set; } = true;

    public bool IsConfirming { get; private set; }

    public bool IsTransactional { get; private set; }

    /// <summary>What it holds and has not settled, by delivery tag.</summary>
    public SortedDictionary<ulong, Entry> Held { get; } = [];

    /// <summary>What a transaction that is under way is going to do, in its order.</summary>
    public List<Action> InTransaction { get; } = [];

    /// <summary>Delivery tags that a transaction under way has settled.</summary>
    public HashSet<ulong> Settling { get; } = [];

    public IReadOnlyCollection<string> Consumers => _consumers.Keys;

    public bool LastGetWasEmpty { get; private set; }

    public int Unconfirmed => _unconfirmed.Count;

    public override string ToString() => $"client {client.Number} channel {number}";

    public void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod => client.Send(number, method);

    public void SelectConfirms()
    {
        IsConfirming = true;
        Send(default(ConfirmSelect));
    }

    public void SelectTransactions()
    {
        IsTransactional = true;
        Send(default(TxSelect));
    }

    public void Publish(SimMessage message, ReadOnlySpan<byte> body)
    {
        if (IsConfirming)
            _unconfirmed.Add(++_published, message);
        client.Publish(number, new BasicPublish(message.Exchange, message.Key), message.Properties(), body);
    }

    public void Get(QueueModel queue, bool noAck)
    {
        _gets.Enqueue((queue, noAck, Asked.Now(client.Machine)));
        queue.OpenGets++;
        Send(new BasicGet(queue.Wire, noAck));
    }

    public void Consume(QueueModel queue, string tag, bool noAck)
    {
        _consumers.Add(tag, (queue, noAck));
        queue.Consumers++;
        Send(new BasicConsume(queue.Wire, tag, NoAck: noAck));
    }

    public void Cancel(string tag)
    {
        Send(new BasicCancel(tag));
        if (_cancelled.Add(tag))
            _consumers[tag].Queue.Consumers--;
    }

    public void Commit()
    {
        foreach (var deed in InTransaction)
            deed();
        InTransaction.Clear();
        Settling.Clear();
        _commits.Enqueue(client.Machine.Current);
        Send(default(TxCommit));
    }

    public void Rollback()
    {
        InTransaction.Clear();
        Settling.Clear();
        Send(default(TxRollback));
    }

    /// <summary>It is no more: what it held goes back.</summary>
    public void End()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        InTransaction.Clear();
        foreach (var entry in Held.Values)
            client.Ledger.Return(entry, isFailure: true);
        Held.Clear();
        foreach (var (queue, noAck, _) in _gets)
        {
            queue.OpenGets--;
            Ledger.AnswerLost(queue, noAck);
        }
        _gets.Clear();
        foreach (var tag in _consumers.Keys.ToArray())
            EndConsumer(tag);
    }

    public void Receive(in Frame frame)
    {
        if (!IsOpen)
        {
            if (frame.Type == FrameType.Method && MethodPayload.ReadId(frame.Payload) == MethodId.ChannelClose)
                Send(default(ChannelCloseOk));
            return;
        }
        if (frame.Type == FrameType.Header)
            ReceiveHeader(frame.Payload);
        else if (frame.Type == FrameType.Body)
            ReceiveBody(frame.Payload.Span);
        else
            Receive(MethodPayload.ReadId(frame.Payload), frame.Payload);
    }

    private void Receive(MethodId method, ReadOnlyMemory<byte> payload)
    {
        switch (method)
        {
            case MethodId.BasicDeliver: Begin(MethodPayload.Read<BasicDeliver>(payload)); break;
            case MethodId.BasicGetOk: Begin(MethodPayload.Read<BasicGetOk>(payload)); break;
            case MethodId.BasicGetEmpty:
                _gets.Dequeue().Queue.OpenGets--;
                LastGetWasEmpty = true;
                break;
            case MethodId.BasicAck: Confirm(MethodPayload.Read<BasicAck>(payload) is var ack ? ack.DeliveryTag : 0, ack.Multiple, isAck: true); break;
            case MethodId.BasicNack: Confirm(MethodPayload.Read<BasicNack>(payload) is var nack ? nack.DeliveryTag : 0, nack.Multiple, isAck: false); break;
            case MethodId.BasicCancel: EndConsumer(MethodPayload.Read<BasicCancel>(payload).ConsumerTag.ToString()); break;
            case MethodId.TxCommitOk: CheckCommit(); break;
            default: client.Trace.Tell($"  {this} got {method}"); break;
        }
    }

    private void Begin(in BasicDeliver deliver)
    {
        var tag = deliver.ConsumerTag.ToString();
        _from = _consumers.TryGetValue(tag, out var from) ? (from.Queue, from.NoAck, Asked.Now(client.Machine)) : throw new ViolationException("I2", $"{this} has no consumer '{tag}'");
        (_tag, _isRedelivered) = (deliver.DeliveryTag, deliver.Redelivered);
    }

    private void Begin(in BasicGetOk got)
    {
        _from = _gets.Dequeue();
        _from.Value.Queue.OpenGets--;
        LastGetWasEmpty = false;
        (_tag, _isRedelivered) = (got.DeliveryTag, got.Redelivered);
    }

    private void ReceiveHeader(ReadOnlyMemory<byte> payload)
    {
        var header = ContentHeader.Read(payload);
        _header = header with { Properties = header.Properties.ToOwned() };
        if (_body.Length < (int)header.BodyLength)
            _body = new byte[(int)header.BodyLength];
        _bodyFilled = 0;
        if (header.BodyLength == 0)
            EndContent();
    }

    private void ReceiveBody(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_body.AsSpan(_bodyFilled));
        _bodyFilled += part.Length;
        if (_bodyFilled == (int)_header.BodyLength)
            EndContent();
    }

    private void EndContent()
    {
        if (_from is not var (queue, noAck, asked))
            throw new ViolationException("I2", $"{this} got content without a method");
        _from = null;
        var entry = client.Ledger.Deliver(this, queue, _header.Properties, _body.AsSpan(0, _bodyFilled), _isRedelivered, asked);
        if (noAck)
            client.Ledger.Remove(entry, "delivered without acknowledgement", asked.Boundary);
        else if (!Held.TryAdd(_tag, entry))
            throw new ViolationException("I10", $"{this} got delivery tag {_tag} twice");
        else
            entry.Holder = this;
    }

    private void Confirm(ulong tag, bool isMultiple, bool isAck)
    {
        if (!isMultiple)
        {
            ConfirmOne(tag, isAck);
            return;
        }
        while (_unconfirmed.Count > 0 && _unconfirmed.First().Key is var first && first <= tag)
            ConfirmOne(first, isAck);
    }

    private void ConfirmOne(ulong tag, bool isAck)
    {
        if (!_unconfirmed.Remove(tag, out var message))
            throw new ViolationException("I7", $"{this} got a confirm of {tag}, which was confirmed before or not published");
        client.Ledger.Confirm(message, isAck);
    }

    private void CheckCommit()
    {
        if (_commits.TryDequeue(out var boundary) && boundary.Position > client.Machine.Persisted && boundary.Position != long.MaxValue)
            client.Ledger.CheckCommitted(boundary);
    }

    private void EndConsumer(string tag)
    {
        if (_consumers.Remove(tag, out var consumer) && !_cancelled.Contains(tag))
            consumer.Queue.Consumers--;
    }
}

/// <summary>When the broker decided what to deliver.</summary>
internal readonly record struct Asked(long Ticks, int Batch, Boundary Boundary)
{
    public static Asked Now(SimMachine machine) => new(machine.NowTicks, machine.Batch, machine.Current);
}
