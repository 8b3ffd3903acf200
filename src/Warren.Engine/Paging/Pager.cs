using System.Diagnostics.CodeAnalysis;
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
    private long _looked;       // What there was when it was last looked for what can go, or less since.
    private long _lookedAtAll;  // The same of the last look at all queues.
    private List<Queue> _long = []; // Those that had more than one message then.

    /// <summary>How many messages could not be read any more.</summary>
    public long SetAside { get; private set; }

    /// <summary>How many octets are too much; 0 or less when all is well.</summary>
    public long Excess => budget.Lent + (host.Messages.LentOctets - _counted) - budget.Goal;

    /// <summary>True while more has to go.</summary>
    public bool IsShort => Excess > 0;

    /// <summary>True when there is no room for the next message that is recovered.</summary>
    public bool IsFull => Excess >= 0;

    /// <summary>Lends the messages, and counts those that are out.</summary>
    public MessagePool Pool => host.Messages;

    /// <summary>A batch has ended: what is too much goes.</summary>
    public void EndBatch()
    {
        _persisted.Follow();
        Count();
        _looked = Math.Min(_looked, _counted);
        _lookedAtAll = Math.Min(_lookedAtAll, _counted);
        if (budget.Lent > budget.Octets && _counted - _looked >= budget.Step)
            PageOut();
    }

    /// <summary>About a second has passed: the disk may have come further while nothing has grown.</summary>
    public void LookAgain() => _looked = _lookedAtAll = 0;

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
        if (ready.FirstOut is not { } paged)
            return true;
        if (!TryRead(queue.Records!, paged.First, out var message))
        {
            ready.TryTakeOut(out var lost);
            Lose(queue, lost);
            return false;
        }
        paged.BringIn(message);
        ReadAhead(queue.Records!, paged);
        return true;
    }

    /// <summary>Brings a message into memory that stands in no line.</summary>
    /// <returns>False when it cannot be read; then it is nobody's any more.</returns>
    public bool TryFetch(Queue queue, in WaitingMessage waiting, [NotNullWhen(true)] out Message? message)
    {
        if (TryRead(queue.Records!, waiting, out message))
            return true;
        Lose(queue, waiting);
        return false;
    }

    /// <summary>True when the disk has the message, or never will: it is not in the way of those before it.</summary>
    public bool IsOnDisk(Message message) => message.Kept.RecordId <= _persisted.LastId;

    /// <summary>So many octets are won when the message goes.</summary>
    public long GainOf(Message message) => CanGo(message) ? message.Capacity : 0;

    /// <summary>The message waits: it goes, where it is on disk, nobody else has it, and its record says all of it.</summary>
    /// <returns>What stands in its place.</returns>
    public WaitingMessage PageOut(Message message, ulong position)
    {
        var waiting = new WaitingMessage(message, message.Kept.RecordId, position);
        if (!CanGo(message))
            return waiting;
        message.Release();
        return waiting with { Message = null };
    }

    /// <summary>Reads a message that is out.</summary>
    /// <param name="queue">What of its queue is in the journal.</param>
    /// <param name="waiting">What is known of it.</param>
    /// <param name="message">The message, with one reference, the caller's.</param>
    public bool TryRead(QueueRecords queue, in WaitingMessage waiting, [NotNullWhen(true)] out Message? message)
    {
        message = null;
        try
        {
            if (!records.Journal.TryRead(waiting.Id, out var octets))
                return false;
            var record = new MessageRecord(octets);
            if (!record.IsOf(waiting, queue))
                return false;
            message = record.ToMessage(host.Messages, waiting.PublishedAtTicks);
            message.Kept = new KeptIn { RecordId = waiting.Id, SolePlace = queue };
            return true;
        }
        catch (ProtocolException)
        {
            return false; // It is another record, by damage that no checksum has seen.
        }
    }

    private void ReadAhead(QueueRecords queue, PagedMessages paged)
    {
        var window = new ReadWindow(WindowMessages, budget.WindowOctets);
        while (paged is { Count: > 0, First.Message: null } && window.TryGoOn(paged.First) && TryRead(queue, paged.First, out var message)) // What cannot be read is told when its turn has come.
            paged.BringIn(message);
    }

    private bool CanGo(Message message) =>
        message is { References: 1, Kept: { RecordId: > 0, SolePlace: QueueRecords } } && IsOnDisk(message) && message.ShownFrom <= records.Waits.Persisted;

    private void PageOut()
    {
        PageOut(WindowMessages);
        if (IsShort && _counted - _lookedAtAll >= budget.LargeStep)
        {
            _long = host.Queues.InOrder().FindAll(static queue => queue is { Records: not null, ReadyCount: > 1 });
            PageOut(WindowMessages);
            PageOut(1);
            Count();
            _lookedAtAll = _counted;
        }
        Count();
        _looked = _counted;
    }

    private void PageOut(int keptAtHead)
    {
        foreach (var queue in _long)
        {
            if (!IsShort)
                return;
            foreach (var line in queue.Lines)
                line.PageOut(this, keptAtHead);
        }
    }

    private void Count()
    {
        budget.Count(host.Messages.LentOctets - _counted);
        _counted = host.Messages.LentOctets;
    }

    private void Lose(Queue queue, in WaitingMessage message)
    {
        SetAside++;
        queue.Keeper?.DeliveryCounts?.Forget(message.Position);
        records.Messages.SetAside(message.Id, queue.Records!);
        host.Effects.SetAside(queue.Name, message.Id);
    }
}
