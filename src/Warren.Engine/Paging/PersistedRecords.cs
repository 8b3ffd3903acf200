namespace Warren.Engine;

/// <summary>Up to which message record everything is on disk: ids grow as the journal does.</summary>
internal sealed class PersistedRecords(HostRecords records)
{
    private readonly Queue<(long Position, ulong Id)> _batches = new();
    private ulong _lastMarked;

    /// <summary>The records of messages with ids up to this are on disk.</summary>
    public ulong LastId { get; private set; }

    /// <summary>What was recovered is on disk.</summary>
    public void Recovered(ulong lastId) => LastId = Math.Max(LastId, lastId);

    /// <summary>A batch has ended, or the disk has come further.</summary>
    public void Follow()
    {
        if (records.Messages.LastId != _lastMarked)
            _batches.Enqueue((records.Journal.Position, _lastMarked = records.Messages.LastId));
        while (_batches.TryPeek(out var first) && first.Position <= records.Waits.Persisted)
            LastId = Math.Max(LastId, _batches.Dequeue().Id);
    }
}
