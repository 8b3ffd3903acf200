using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>The messages of a queue that wait for a consumer.</summary>
internal abstract class ReadyMessages
{
    public int Count { get; private set; }

    /// <summary>The sum of the bodies' lengths.</summary>
    public long Octets { get; private set; }

    /// <summary>Adds a published message.</summary>
    public abstract void Add(Message message, ulong position);

    /// <summary>Puts a message back where it was.</summary>
    public abstract void PutBack(Message message, ulong position);

    /// <summary>Adds a message that was recovered. They come in the order of their positions, first those that were seen.</summary>
    /// <param name="message">The message, at its position.</param>
    /// <param name="wasSeen">True when somebody may have had it before: it is put back.</param>
    /// <param name="pool">Counts those that are out of memory.</param>
    public abstract void Restore(in WaitingMessage message, bool wasSeen, MessagePool pool);

    /// <summary>The first message; null when there is none, or it is out of memory.</summary>
    public abstract Message? First();

    /// <summary>The messages that are out of memory and among which the first one is; null when there is none, or it is in memory.</summary>
    public abstract PagedMessages? FirstOut { get; }

    /// <summary>When the first message expires in a queue with this time to live; <see cref="Message.Unlimited"/> is never.</summary>
    public long FirstExpiresAtTicks(long queueTimeToLiveTicks) =>
        First()?.ExpiresAtTicks(queueTimeToLiveTicks) ?? FirstOut?.First.ExpiresAtTicks(queueTimeToLiveTicks) ?? Message.Unlimited;

    /// <summary>Looks at the first message; false when there is none, or it is out of memory.</summary>
    public abstract bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered);

    /// <summary>Takes the first message; false when there is none, or it is out of memory.</summary>
    public abstract bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered);

    /// <summary>Takes the first message if it is out of memory, without reading it.</summary>
    public abstract bool TryTakeOut(out WaitingMessage message);

    /// <summary>The highest octet of the position that a message of this priority gets here, where that makes a line of its own.</summary>
    public virtual byte LevelOf(byte priority) => 0;

    /// <summary>Positions of a level go on behind this one.</summary>
    public virtual void GoOnBehind(ulong position)
    {
    }

    /// <summary>All lines, the last ones to be served first.</summary>
    public abstract IEnumerable<ReadyFifo> Lines { get; }

    /// <summary>What waits, in no particular order. For checks.</summary>
    public abstract IEnumerable<WaitingMessage> Peek();

    protected void CountIn(int bodyLength)
    {
        Count++;
        Octets += bodyLength;
    }

    protected void CountOut(int bodyLength)
    {
        Count--;
        Octets -= bodyLength;
    }
}
