namespace Warren.Engine;

/// <summary>
/// Up to where messages of a queue may have been delivered. It is written ahead of what is delivered, in large steps, so that it costs next to nothing; after a crash everything up to
/// it counts as delivered. A message that is on disk is not delivered before the mark beyond it is: else it could come again as if for the first time.
/// </summary>
internal sealed class Watermark(HostRecords records, QueueRecords queue, byte level)
{
    private const int SmallestStep = 1000;
    private const int LargestStep = 100_000;

    private ulong _safe; // On disk, or sure to be there when the messages up to it are.
    private ulong _reserved; // Appended.
    private ulong _lastBefore; // What came after this position came after that: it is not on disk without the mark.
    private long _reservedAt;

    /// <summary>The id of its record; 0 while there is none.</summary>
    public ulong Id { get; private set; }

    /// <summary>The last position that the queue has given to a message it keeps.</summary>
    public ulong LastPosition { get; set; }

    /// <summary>As it was recovered.</summary>
    public void Restore(ulong id, ulong value, ulong lastPosition)
    {
        Id = id;
        _safe = _reserved = value;
        LastPosition = lastPosition;
    }

    /// <summary>A message is delivered in the step in which it has come.</summary>
    public void Pass(ulong position) => Advance(position, position - 1, backlog: 0);

    /// <summary>False when a message may not be delivered yet.</summary>
    /// <param name="position">Its place in the queue.</param>
    /// <param name="backlog">How many wait; a long queue that is read at once takes larger steps.</param>
    public bool TryPass(ulong position, int backlog)
    {
        Advance(position, LastPosition, backlog);
        return position <= _safe || (position <= _reserved && position > _lastBefore);
    }

    // Half a step early, so that the disk has done it by the time it is needed.
    private void Advance(ulong position, ulong lastBefore, int backlog)
    {
        if (_reservedAt <= records.Waits.Persisted)
            _safe = _reserved;
        var step = (ulong)Math.Clamp(backlog / 8, SmallestStep, LargestStep);
        if (position > _reserved || (_safe == _reserved && position + (step / 2) > _reserved))
            Reserve(position + step, lastBefore);
    }

    private void Reserve(ulong value, ulong lastBefore)
    {
        new WatermarkRecord(queue.Id, level, value).Write(records.Head);
        Id = records.Put(Id, RecordKind.Watermark);
        _reserved = value;
        _lastBefore = lastBefore;
        _reservedAt = records.Journal.Position;
    }
}
