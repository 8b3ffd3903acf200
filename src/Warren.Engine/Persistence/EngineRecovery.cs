using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Builds an engine's state from the records of its journal: first each record by itself, in any order, then everything together. Where records are missing
/// because something has damaged them, the rest is there, and the <see cref="RecoveryReport"/> says what is not. Nothing that was damaged is removed.
/// </summary>
public sealed class EngineRecovery
{
    private readonly VirtualHost _host;
    private readonly HostRecords _records;
    private readonly RecoveryReport _report = new();
    private readonly RecoveredTopology _topology;
    private readonly RecoveredNotes _notes = new();
    private readonly RecoveredParts _parts = new();
    private readonly HashSet<ulong> _ended = [];
    private readonly Dictionary<ulong, RecoveredMessages> _byQueue = [];
    private readonly List<(ulong Id, Placement Placement, Message Message)> _held = [];

    private ulong _lastMessage;

    internal EngineRecovery(VirtualHost host)
    {
        _host = host;
        _records = host.Records ?? throw new InvalidOperationException("An engine without a journal has nothing to recover.");
        _topology = new RecoveredTopology(host, _report);
    }

    /// <summary>Reads one record that lives. What cannot be read is reported.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="octets">Head and body; only looked at during the call.</param>
    public void Add(ulong id, RecordKind kind, ReadOnlyMemory<byte> octets)
    {
        try
        {
            Read(id, kind, octets);
        }
        catch (ProtocolException e)
        {
            Fail(id, kind, e.Message);
        }
    }

    /// <summary>
    /// Makes everything of what was read. Records of queues that had been deleted are removed, which is a batch of the journal as a step is. What expired meanwhile, or is too much for
    /// its queue, goes with the first step.
    /// </summary>
    public RecoveryReport Finish()
    {
        _topology.Build(Fail);
        _parts.Join(Place, Fail);
        foreach (var (owner, messages) in _byQueue.OrderBy(static queue => queue.Key))
            Restore(owner, messages);
        foreach (var (id, placement, message) in _held.OrderBy(static held => held.Id))
            Restore(id, placement, message);
        _notes.Finish(_records);
        foreach (var id in _ended.Order())
            _records.Remove(id);
        _host.Pager?.Recovered(_lastMessage);
        return _report;
    }

    private void Read(ulong id, RecordKind kind, ReadOnlyMemory<byte> octets)
    {
        switch (kind)
        {
            case RecordKind.Exchange: _topology.Add(id, Owned(ExchangeRecord.Read(octets))); break;
            case RecordKind.Queue: _topology.Add(id, QueueRecord.Read(octets)); break;
            case RecordKind.EndedQueue: ReadEnded(id, octets); break;
            case RecordKind.Binding: _topology.Add(id, BindingRecord.Read(octets)); break;
            case RecordKind.Message: ReadMessage(id, octets); break;
            case RecordKind.Entry: _parts.Add(id, EntryRecord.Read(octets)); break;
            case RecordKind.Watermark: ReadWatermark(id, WatermarkRecord.Read(octets)); break;
            case RecordKind.Returns: _notes.Add(id, ReturnsRecord.Read(octets)); break;
            case RecordKind.Letter: _notes.Add(id, LetterRecord.Read(octets)); break;
            default: throw RecordFault.Of($"there is no kind {(int)kind} of records");
        }
    }

    private static ExchangeDefinition Owned(ExchangeDefinition exchange) =>
        exchange with { Name = exchange.Name.ToOwned(), Type = exchange.Type.ToOwned(), Arguments = exchange.Arguments.ToOwned() };

    private void ReadEnded(ulong id, ReadOnlyMemory<byte> octets)
    {
        QueueRecord.ReadEnded(octets);
        _ended.Add(id);
    }

    private void ReadMessage(ulong id, ReadOnlyMemory<byte> octets)
    {
        var record = new MessageRecord(octets);
        _lastMessage = Math.Max(_lastMessage, id);
        if (record.Placement.Kind == PlacementKind.Queue && _host.Pager is { IsFull: true })
        {
            MessagesOf(record.Placement.Owner).Add(record.ToWaiting(id, _host.NowTicks));
            return;
        }
        var message = record.ToMessage(_host.Messages, _host.NowTicks);
        message.Kept.RecordId = id;
        if (record.Placement.Kind == PlacementKind.Several)
            _parts.Add(id, message);
        else
            Place(id, record.Placement, message);
    }

    private void ReadWatermark(ulong id, in WatermarkRecord mark) => MessagesOf(mark.Queue).Add(id, mark);

    // Takes over one reference to the message.
    private void Place(ulong id, Placement placement, Message message)
    {
        if (placement.Kind == PlacementKind.Queue)
            MessagesOf(placement.Owner).Add(new WaitingMessage(message, id, placement.Position));
        else
            _held.Add((id, placement, message));
    }

    private RecoveredMessages MessagesOf(ulong queue)
    {
        if (!_byQueue.TryGetValue(queue, out var messages))
            _byQueue.Add(queue, messages = new RecoveredMessages(_host, _notes));
        return messages;
    }

    private void Restore(ulong owner, RecoveredMessages messages)
    {
        if (_topology.QueueOf(owner) is { } queue)
        {
            _report.Messages += messages.Count;
            queue.Restore(messages);
        }
        else if (_ended.Contains(owner))
        {
            messages.Discard(_records);
        }
        else
        {
            if (messages.Count > 0)
                _report.Add(new RecoveryFault(RecordKind.Message, messages.FirstId, messages.Count, $"the queue {owner} that they were in is missing"));
            messages.SetAside(_records);
        }
    }

    private void Restore(ulong id, in Placement placement, Message message)
    {
        if (_topology.ExchangeOf(placement.Owner) is not { Router: DelayedRouter router } exchange)
        {
            Fail(id, message.Kept.Entries > 0 ? RecordKind.Entry : RecordKind.Message, $"the exchange {placement.Owner} that held it is missing");
            _records.SetAside.Add(message.Kept.RecordId);
            message.Release();
            return;
        }
        var latest = _host.NowTicks + (placement.DelayMs * TimeSpan.TicksPerMillisecond); // The clock may have gone back.
        var held = router.Hold(exchange, message, placement.DelayMs, Math.Min((long)placement.Position, latest));
        if (message.Kept.Entries > 0)
            held.EntryId = id;
        else
            message.Kept.SolePlace = held;
        _report.Messages++;
    }

    private void Fail(ulong id, RecordKind kind, string what)
    {
        _records.SetAside.Add(id);
        _report.Add(new RecoveryFault(kind, id, 1, what));
    }
}
