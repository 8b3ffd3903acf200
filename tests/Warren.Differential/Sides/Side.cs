using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>One of the two brokers, its clients, and what they see.</summary>
internal sealed class Side(string name, Uri uri) : IDisposable
{
    public const int Connections = 3;

    private readonly Wire?[] _wires = new Wire?[Connections + 1];
    private readonly ControlChannel?[] _controls = new ControlChannel?[Connections + 1];
    private readonly SortedDictionary<(int Connection, ushort Channel), ChannelState> _channels = [];
    private readonly Dictionary<string, int> _queues = []; // By name as in the script: the connection that declared it.
    private Names _names = new("");

    public string Name { get; } = name;

    /// <summary>Where connections are opened from now on.</summary>
    public string VirtualHost { get; set; } = "/";

    /// <summary>What was seen since <see cref="Accept"/>.</summary>
    public Observation Seen { get; } = new();

    /// <summary>The script's channels that are open.</summary>
    public IEnumerable<(int Connection, ushort Channel)> OpenChannels => from one in _channels where one.Value.IsOpen select one.Key;

    public void Begin(string run) => _names = new Names(run);

    public IReadOnlyList<Held> OutstandingOn(Step step) =>
        _channels.TryGetValue((step.Connection, step.Channel), out var channel) && channel.IsOpen ? channel.Outstanding : [];

    /// <summary>Writes a step's frames; what stands before it is opened first.</summary>
    public void Write(Step step, ulong delivery)
    {
        var wire = WireOf(step.Connection);
        if (step.Method == "drop")
        {
            wire.Dispose();
            Ended(step.Connection);
            return;
        }
        if (step.Method is not ("connection.close" or "unopened" or "channel.open"))
            Open(step.Connection, step.Channel);
        if (_channels.GetValueOrDefault((step.Connection, step.Channel)) is { } channel)
            Expect(channel, step, delivery);
        if (step.Method == "channel.open")
            StateOf(step.Connection, step.Channel).IsOpen = true;
        if (step is { Method: "queue.declare" } && step.Has("nowait") && step.Find("queue") is { Length: > 0 } queue)
            Know(queue, step.Connection);
        StepWriter.Write(step, _names, delivery, wire.Out);
    }

    /// <summary>
    /// Waits until everything that has been sent has had its effect: channels have done what they were told, then queues have done what channels told them,
    /// then channels have heard of it.
    /// </summary>
    public void Settle()
    {
        AwaitChannels();
        CountQueues();
        AwaitChannels();
    }

    /// <summary>The step is over.</summary>
    public void Accept()
    {
        Seen.Clear();
        foreach (var channel in _channels.Values)
            channel.Accept();
    }

    /// <summary>Empties the queues that are left, and looks which exchanges are.</summary>
    public void Drain(IEnumerable<string> exchanges)
    {
        foreach (var (queue, connection) in _queues.OrderBy(one => one.Key, StringComparer.Ordinal).ToArray())
            DrainQueue(queue, connection);
        foreach (var exchange in exchanges)
            Seen.Set($"exchange {exchange}", Ask(1, frames => frames.WriteMethod(ControlChannel.Number, new ExchangeDeclare(_names.OnWire(exchange), Passive: true)))[0]);
    }

    /// <summary>Takes away what the script has made, and ends its connections where they have ended on either side.</summary>
    public void Clean(IEnumerable<string> exchanges, IEnumerable<string> queues, IEnumerable<Step> bindings)
    {
        foreach (var (connection, channel) in OpenChannels.ToArray())
            Write(new Step(connection, channel, "channel.close", []), 0);
        AwaitChannels();
        foreach (var queue in queues)
            _queues.TryAdd(queue, 1); // One whose declare-ok has not been seen may be there all the same.
        foreach (var group in _queues.GroupBy(one => one.Value, one => one.Key))
        {
            foreach (var queue in group) // One by one: a refusal ends the control channel.
                Ask(group.Key, frames => frames.WriteMethod(ControlChannel.Number, new QueueDelete(_names.OnWire(queue))));
        }
        Ask(1, frames =>
        {
            foreach (var exchange in exchanges)
                frames.WriteMethod(ControlChannel.Number, new ExchangeDelete(_names.OnWire(exchange)));
        });
        foreach (var binding in bindings)
            Ask(1, frames => StepWriter.Write(binding with { Method = "exchange.unbind", Channel = ControlChannel.Number }, _names, 0, frames));
        _queues.Clear();
        _channels.Clear();
        Seen.Clear();
    }

    /// <summary>Ends all connections.</summary>
    public void Dispose()
    {
        for (var connection = 1; connection <= Connections; connection++)
        {
            _wires[connection]?.Dispose();
            _wires[connection] = null;
        }
        _channels.Clear();
        _queues.Clear();
        Seen.Clear();
    }

    // ----- What is written -----

    private Wire WireOf(int connection)
    {
        if (_wires[connection] is { IsOpen: true } wire)
            return wire;
        _wires[connection]?.Dispose();
        wire = _wires[connection] = Wire.Connect(uri, VirtualHost, takesCancels: connection != Connections);
        _controls[connection] = new ControlChannel();
        wire.Out.WriteMethod(ControlChannel.Number, default(ChannelOpen));
        return wire;
    }

    private ChannelState StateOf(int connection, ushort number)
    {
        if (!_channels.TryGetValue((connection, number), out var channel) || !channel.IsOpen)
            _channels[(connection, number)] = channel = new ChannelState();
        return channel;
    }

    private void Open(int connection, ushort number)
    {
        var channel = StateOf(connection, number);
        if (channel.IsOpen)
            return;
        channel.IsOpen = true;
        _wires[connection]!.Out.WriteMethod(number, default(ChannelOpen));
    }

    private static void Expect(ChannelState channel, Step step, ulong delivery)
    {
        switch (step.Method)
        {
            case "basic.publish": channel.Published(); break;
            case "basic.get": channel.GetsWithoutAck.Enqueue(step.Has("no-ack")); break;
            case "basic.consume" when step.Has("nowait"):
                if (step.Has("no-ack"))
                    channel.ConsumersWithoutAck.Add(step.Find("consumer") ?? "");
                break;
            case "basic.consume": channel.ConsumesWithoutAck.Enqueue(step.Has("no-ack")); break;
            case "basic.ack" or "basic.nack" or "basic.reject": channel.Settled(delivery, step.Has("multiple")); break;
            case "basic.recover" or "basic.recover-async": channel.Outstanding.Clear(); break;
            case "confirm.select" when step.Has("nowait"): channel.IsConfirming = true; break;
            case "channel.close" or "tx.commit":
                channel.IsAlone = true;
                channel.Awaited++;
                break;
        }
    }

    private void Know(string queue, int connection)
    {
        if (!queue.StartsWith("amq.rabbitmq", StringComparison.Ordinal) && !queue.StartsWith("{reply", StringComparison.Ordinal))
            _queues.TryAdd(queue, connection);
    }

    // ----- Barriers -----

    private void AwaitChannels()
    {
        for (var connection = 1; connection <= Connections; connection++)
        {
            if (_wires[connection] is { IsOpen: true } wire)
                WriteBarriers(connection, wire);
        }
        for (var connection = 1; connection <= Connections; connection++)
        {
            if (_wires[connection] is { IsOpen: true })
                Pump(connection);
        }
    }

    private void WriteBarriers(int connection, Wire wire)
    {
        var written = false;
        foreach (var ((owner, number), channel) in _channels)
        {
            written |= owner == connection && channel.Awaited > 0;
            if (owner != connection || !channel.IsOpen || channel.IsAlone || channel.Content is not null)
                continue;
            wire.Out.WriteMethod(number, default(AccessRequest));
            channel.Awaited++;
            written = true;
        }
        if (!written)
            _controls[connection]!.Await(wire.Out);
        wire.Flush();
    }

    private void CountQueues()
    {
        foreach (var group in _queues.GroupBy(one => one.Value, one => one.Key).ToArray())
            CountQueues(group.Key, [.. group.Order(StringComparer.Ordinal)]);
    }

    // A passive declare of a queue that is gone, or another connection's, ends the control channel: the rest is asked again.
    private void CountQueues(int connection, List<string> queues)
    {
        var isElsewhere = new List<string>();
        while (queues.Count > 0)
        {
            var asked = queues;
            var answers = Ask(connection, frames =>
            {
                foreach (var queue in asked)
                    frames.WriteMethod(ControlChannel.Number, new QueueDeclare(_names.OnWire(queue), Passive: true));
            });
            for (var i = 0; i < answers.Count; i++)
            {
                var isLocked = answers[i].StartsWith("channel.close 405", StringComparison.Ordinal);
                if (isLocked)
                    isElsewhere.Add(queues[i]);
                else if (answers[i].StartsWith("channel.close", StringComparison.Ordinal))
                    _queues.Remove(queues[i]);
                Seen.Set($"queue {queues[i]}", answers[i]);
            }
            queues = queues[answers.Count..];
        }
        foreach (var queue in isElsewhere)
            _queues[queue] = (_queues[queue] % Connections) + 1; // Its owner is asked the next time.
    }

    private void DrainQueue(string queue, int connection)
    {
        for (var left = 1; left > 0;)
        {
            var answers = Ask(connection, frames =>
            {
                for (var i = 0; i < 8; i++)
                    frames.WriteMethod(ControlChannel.Number, new BasicGet(_names.OnWire(queue), NoAck: true));
            });
            foreach (var answer in answers)
                Seen.Add($"rest of {queue}", answer);
            left = answers.Count == 0 || !answers[^1].StartsWith("basic.get-ok", StringComparison.Ordinal) ? 0 : 1;
        }
    }

    private List<string> Ask(int connection, Action<FrameBuffer> write)
    {
        var wire = WireOf(connection);
        var control = _controls[connection]!;
        control.Answers.Clear();
        write(wire.Out);
        control.Await(wire.Out);
        wire.Flush();
        Pump(connection);
        return control.Answers.Count > 0 || wire.IsOpen ? [.. control.Answers] : ["connection lost"];
    }

    // ----- What is read -----

    private void Pump(int connection)
    {
        var wire = _wires[connection]!;
        while (_controls[connection]!.Awaited > 0 || _channels.Any(one => one.Key.Connection == connection && one.Value.Awaited > 0))
        {
            if (!wire.TryRead(out var frame))
            {
                Seen.Add($"connection {connection}", wire.End);
                Ended(connection);
                return;
            }
            if (frame.Channel == 0)
            {
                TakeConnection(connection, frame.Payload);
                return;
            }
            if (frame.Channel == ControlChannel.Number)
                _controls[connection]!.Take(frame, wire.Out, _names);
            else
                Take(connection, frame);
            if (wire.Out.Length > 0)
                wire.Flush();
        }
    }

    private void Ended(int connection)
    {
        foreach (var ((owner, _), channel) in _channels)
        {
            if (owner == connection)
                channel.End();
        }
        _controls[connection]!.Awaited = 0;
    }

    // Close or close-ok: nothing else comes on channel 0. Who of the two closes the socket then is not looked at: RabbitMQ may leave it to the client.
    private void TakeConnection(int connection, ReadOnlyMemory<byte> payload)
    {
        Seen.Add($"connection {connection}", _names.InScript(AnswerText.Of(payload)));
        var wire = _wires[connection]!;
        if (MethodPayload.ReadId(payload) == MethodId.ConnectionClose)
        {
            wire.Out.WriteMethod(0, default(ConnectionCloseOk));
            Seen.Forget(seen => seen.StartsWith($"{connection}/", StringComparison.Ordinal) && seen.Contains(' ', StringComparison.Ordinal));
        }
        wire.Flush();
        wire.Dispose();
        Ended(connection);
    }

    private void Take(int connection, in Frame frame)
    {
        var place = $"{connection}/{frame.Channel}";
        var channel = _channels.GetValueOrDefault((connection, frame.Channel));
        if (channel is null)
            Seen.Add(place, "a frame on a channel that is not open");
        else if (frame.Type == FrameType.Method)
            TakeMethod(connection, frame.Channel, place, channel, frame.Payload);
        else
            TakeContent(channel, frame);
    }

    private void TakeMethod(int connection, ushort number, string place, ChannelState channel, ReadOnlyMemory<byte> payload)
    {
        switch (MethodPayload.ReadId(payload))
        {
            case MethodId.AccessRequestOk:
                channel.Awaited--;
                return;
            case MethodId.BasicDeliver:
                var deliver = MethodPayload.Read<BasicDeliver>(payload);
                var consumer = _names.InScript(deliver.ConsumerTag.ToString());
                var to = $"{place} {consumer}";
                channel.Content = new ContentInProgress(
                    to, $"redelivered={deliver.Redelivered} exchange={InScript(deliver.Exchange)} key={InScript(deliver.RoutingKey)}",
                    channel.ConsumersWithoutAck.Contains(consumer) ? null : new Held(deliver.DeliveryTag, to));
                return;
            case MethodId.BasicGetOk:
                var getOk = MethodPayload.Read<BasicGetOk>(payload);
                channel.Content = new ContentInProgress(
                    place, $"basic.get-ok redelivered={getOk.Redelivered} exchange={InScript(getOk.Exchange)} key={InScript(getOk.RoutingKey)} left={getOk.MessageCount}",
                    channel.GetsWithoutAck.TryDequeue(out var without) && without ? null : new Held(getOk.DeliveryTag, place));
                return;
            case MethodId.BasicReturn:
                var returned = MethodPayload.Read<BasicReturn>(payload);
                var late = channel is { IsConfirming: true, Unconfirmed.Count: 0 } ? " after its confirm" : "";
                channel.Content = new ContentInProgress(
                    place, $"basic.return{late} {returned.ReplyCode} {returned.ReplyText} exchange={InScript(returned.Exchange)} key={InScript(returned.RoutingKey)}", null);
                return;
            case MethodId.BasicAck:
                var ack = MethodPayload.Read<BasicAck>(payload);
                Confirm(place, channel, channel.Confirmed(ack.DeliveryTag, ack.Multiple), "ack");
                return;
            case MethodId.BasicNack:
                var nack = MethodPayload.Read<BasicNack>(payload);
                Confirm(place, channel, channel.Confirmed(nack.DeliveryTag, nack.Multiple), "nack");
                return;
            case MethodId.BasicCancel:
                Seen.AddUnordered($"{place} cancels", _names.InScript(AnswerText.Of(payload))); // Several consumers hear of it in no order.
                return;
            case MethodId.ChannelClose:
                _wires[connection]!.Out.WriteMethod(number, default(ChannelCloseOk));
                EndByError(place, channel);
                break;
            case MethodId.ChannelCloseOk:
                channel.End();
                break;
            case MethodId.TxCommitOk:
                channel.Answered();
                break;
            case MethodId.ConfirmSelectOk:
                channel.IsConfirming = true;
                break;
            case MethodId.BasicGetEmpty:
                channel.GetsWithoutAck.TryDequeue(out _);
                break;
            case MethodId.BasicConsumeOk:
                if (channel.ConsumesWithoutAck.TryDequeue(out var withoutAck) && withoutAck)
                    channel.ConsumersWithoutAck.Add(InScript(MethodPayload.Read<BasicConsumeOk>(payload).ConsumerTag));
                break;
            case MethodId.QueueDeclareOk:
                Know(InScript(MethodPayload.Read<QueueDeclareOk>(payload).Queue), connection);
                break;
        }
        Seen.Add(place, _names.InScript(AnswerText.Of(payload)));
    }

    // Confirms and deliveries of the same moment reach a client or do not: who closes for an error does not say which.
    private void EndByError(string place, ChannelState channel)
    {
        channel.End();
        Seen.Forget(seen => seen.StartsWith(place + " ", StringComparison.Ordinal));
    }

    private void TakeContent(ChannelState channel, in Frame frame)
    {
        var content = channel.Content ?? throw new InvalidOperationException($"{Name} sent content without a method.");
        if (frame.Type == FrameType.Header)
        {
            var header = ContentHeader.Read(frame.Payload);
            content.Text += $"{MessageText.Of(header.Properties, _names)} body=";
            content.Missing = header.BodyLength;
        }
        else
        {
            content.Text += _names.InScript(Encoding.UTF8.GetString(frame.Payload.Span));
            content.Missing -= (ulong)frame.Payload.Length;
        }
        if (content.Missing > 0)
            return;
        Seen.Add(content.Place, content.Text);
        if (content.Held is { } held)
            channel.Arrived(held);
        channel.Content = null;
    }

    private void Confirm(string place, ChannelState channel, IEnumerable<ulong> numbers, string word)
    {
        foreach (var number in numbers)
            Seen.Add($"{place} confirm {number.ToString("D5", CultureInfo.InvariantCulture)}", word);
    }

    private string InScript(ShortString text) => _names.InScript(text.ToString());
}
