using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Keeps the messages of a virtual host within the budget: those that wait far from the head of their queue, and are on disk, are there only until their turn comes. They are read again by
/// the ids of their records, some ahead of the head.
/// </summary>
internal sealed class Pager(VirtualHost host, HostRecords records, BodyBudget budget)
{
    private const int WindowMessages = 256;

    private readonly PersistedRecords _persisted = new(records);
    private long _counted;      // What of the pool's octets the budget knows.
    private long _looked;       // What there was when it was last looked for what can go, or less since. Each look goes through all queues.

    /// <summary>How many messages could not be read any more.</summary>
    public long SetAside { get; private set; }

    /// <summary>True while more has to go.</summary>
    public bool IsShort => budget.Lent + (host.Messages.LentOctets - _counted) > budget.Goal;

    /// <summary>True when there is no room for the next message that is recovered.</summary>
    public bool IsFull => budget.Lent + (host.Messages.LentOctets - _counted) >= budget.Goal;

    /// <summary>A batch has ended: what is too much goes.</summary>
    public void EndBatch()
    {
        _persisted.Follow();
        Count();
        _looked = Math.Min(_looked, _counted);
        if (budget.Lent > budget.Octets && _counted - _looked >= budget.Step)
            PageOut();
    }

    /// <summary>About a second has passed: the disk may have come further while nothing has grown.</summary>
    public void LookAgain() => _looked = 0;

    /// <summary>All is recovered, up to this record.</summary>
    public void Recovered(ulong lastId)
    {
        _persisted.Recovered(lastId);
        Count();
    }

    /// <summary>Brings the first message of a queue into memory, and some of those behind it.</summary>
    /// <returns>False when it cannot be read; then it is out of the queue.</returns>
    public bool TryFetchFirst(Queue queue, ReadyMessages ready)
    {
        var first = ready.First()!;
        if (first.IsInMemory)
            return true;
        var line = ready.FirstLine;
        if (!TryPageIn(first))
        {
            ready.TryTake(out var message, out var position, out _);
            Lose(queue, message!, position);
            return false;
        }
        line?.Paged.ReadAhead(this);
        return true;
    }

    /// <summary>Brings a message into memory that leaves its queue.</summary>
    /// <returns>False when it cannot be read; then it is nobody's any more.</returns>
    public bool TryFetch(Queue queue, Message message, ulong position)
    {
        if (TryPageIn(message))
            return true;
        Lose(queue, message, position);
        return false;
    }

    /// <summary>True when the disk has the message, or never will: it is not in the way of those before it.</summary>
    public bool IsOnDisk(Message message) => message.Kept.RecordId <= _persisted.LastId;

    /// <summary>The message waits and is on disk: its array goes, where nobody else has it and its record is all that is needed.</summary>
    public void PageOut(Message message)
    {
        if (message is { IsInMemory: true, References: 1 } && message.Kept is { RecordId: > 0, SolePlace: QueueRecords } && IsOnDisk(message))
            message.PageOut();
    }

    /// <summary>Reads the message again; true when it is in memory.</summary>
    public bool TryPageIn(Message message)
    {
        if (message.IsInMemory)
            return true;
        try
        {
            return records.Journal.TryRead(message.Kept.RecordId, out var octets) && MessageRecord.TryReadInto(message, octets);
        }
        catch (ProtocolException)
        {
            return false; // It is another record, by damage that no checksum has seen.
        }
    }

    public ReadWindow NewWindow() => new(WindowMessages, budget.WindowOctets);

    private void PageOut()
    {
        PageOut(WindowMessages);
        PageOut(1);
        Count();
        _looked = _counted;
    }

    private void PageOut(uint keptAtHead)
    {
        if (!IsShort)
            return;
        foreach (var queue in host.Queues.InOrder())
        {
            if (queue.Records is null)
                continue;
            foreach (var line in queue.Lines)
                line.Paged.PageOut(this, keptAtHead);
            if (!IsShort)
                return;
        }
    }

    private void Count()
    {
        budget.Count(host.Messages.LentOctets - _counted);
        _counted = host.Messages.LentOctets;
    }

    private void Lose(Queue queue, Message message, ulong position)
    {
        SetAside++;
        queue.Keeper?.DeliveryCounts?.Forget(position);
        var id = message.Kept.RecordId;
        records.Messages.SetAside(message, queue.Records!);
        message.Release();
        host.Effects.SetAside(queue.Name, id);
    }
}
