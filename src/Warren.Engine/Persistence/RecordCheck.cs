namespace Warren.Engine;

/// <summary>Counts the records that the engine knows, for checks: each once, and as many for each message and queue as they say. A journal must have these and no others.</summary>
internal sealed class RecordCheck(HostRecords records)
{
    private readonly HashSet<ulong> _known = [];
    private readonly Dictionary<Message, int> _parts = [];
    private readonly Dictionary<QueueRecords, int> _byQueue = [];

    /// <summary>The ids of all records, without those that recovery has set aside.</summary>
    public IReadOnlyCollection<ulong> Known => _known;

    /// <summary>What everybody can find.</summary>
    public void AddTopology(VirtualHost host)
    {
        foreach (var exchange in host.Exchanges.InOrder())
        {
            Add(exchange.RecordId, $"exchange '{exchange.Name}'");
            foreach (var binding in exchange.Outgoing)
            {
                Require(BindingRecord.IsFor(exchange, binding.Destination) == (binding.RecordId != 0), $"a binding of '{exchange.Name}' is kept or not as it should not be");
                Add(binding.RecordId, $"a binding of '{exchange.Name}'");
            }
            foreach (var held in (exchange.Router as DelayedRouter)?.Held ?? [])
                AddHeld(held);
        }
        foreach (var queue in host.Queues.InOrder())
            AddQueue(queue);
    }

    /// <summary>A queue has a message, whether it waits or somebody holds it.</summary>
    public void AddPlace(Queue queue, in WaitingMessage waiting)
    {
        if (queue.Records is not { } kept)
            return;
        var id = kept.EntryIdOf(waiting);
        Require(id != 0 == (waiting.Message is not { } one || kept.Keeps(one)), $"queue '{queue.Name}' keeps the message at {waiting.Position} or not as it should not");
        if (id == 0)
            return;
        Require(kept.IsKept, $"nothing is left of queue '{queue.Name}', and it keeps a message");
        if (!_byQueue.ContainsKey(kept) && queue.IsDeleted)
            Add(kept.Id, $"the end of queue '{queue.Name}'");
        _byQueue[kept] = _byQueue.GetValueOrDefault(kept) + 1;
        Add(id, $"a message of queue '{queue.Name}'");
        if (waiting.Message is { } message)
            AddPart(message, isSole: message.Kept.SolePlace == kept);
    }

    /// <summary>All are counted.</summary>
    public void Finish(VirtualHost host)
    {
        foreach (var (message, count) in _parts)
        {
            var hasLost = records.SetAside.Contains(message.Kept.RecordId);
            Require(message.Kept.Entries == count || (hasLost && message.Kept.Entries > count), $"a message counts {message.Kept.Entries} places, has {count}");
            Add(message.Kept.RecordId, "a message in several places");
        }
        foreach (var queue in host.Queues.InOrder())
        {
            if (queue.Records is { } kept)
                Require(kept.Count == _byQueue.GetValueOrDefault(kept), $"queue '{queue.Name}' counts {kept.Count} messages, keeps {_byQueue.GetValueOrDefault(kept)}");
        }
    }

    private void AddQueue(Queue queue)
    {
        Require(queue.Records is null == (!queue.Durable || queue.Owner is not null), $"queue '{queue.Name}' is kept or not as it should not be");
        if (queue.Records is not { } kept)
            return;
        Add(kept.Id, $"queue '{queue.Name}'");
        foreach (var mark in kept.Marks)
            Add(mark.Id, $"how far queue '{queue.Name}' is");
        foreach (var id in queue.Keeper?.DeliveryCounts?.RecordIds ?? [])
            Add(id, $"a count of queue '{queue.Name}'");
        foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
            Add(letter.RecordId, $"a letter of queue '{queue.Name}'");
    }

    private void AddHeld(HeldMessage held)
    {
        var isSole = held.Message.Kept.SolePlace == held;
        Require((isSole || held.EntryId != 0) == (held.Exchange.RecordId != 0 && held.Message.IsPersistent), "a held message is kept or not as it should not be");
        if (!isSole && held.EntryId == 0)
            return;
        Add(isSole ? held.Message.Kept.RecordId : held.EntryId, "a held message");
        AddPart(held.Message, isSole);
    }

    private void AddPart(Message message, bool isSole)
    {
        if (!isSole)
            _parts[message] = _parts.GetValueOrDefault(message) + 1;
    }

    private void Add(ulong id, string what)
    {
        if (id != 0)
            Require(_known.Add(id), $"{what} has the record {id}, and something else has it too");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"The engine contradicts itself: {what}.");
    }
}
