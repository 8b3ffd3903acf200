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

    /// <summary>The first message, or null.</summary>
    public abstract Message? First();

    /// <summary>Looks at the first message.</summary>
    public abstract bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered);

    /// <summary>Takes the first message.</summary>
    public abstract bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered);

    /// <summary>The highest octet of the position that a message gets here: its priority, where that makes a line of its own.</summary>
    public virtual byte LevelOf(Message message) => 0;

    /// <summary>Positions of a level go on behind this one.</summary>
    public virtual void GoOnBehind(ulong position)
    {
    }

    /// <summary>The line in which the first message stands; null when it came back and stands in none.</summary>
    public abstract ReadyFifo? FirstLine { get; }

    /// <summary>All lines, the last ones to be served first.</summary>
    public abstract IEnumerable<ReadyFifo> Lines { get; }

    /// <summary>What waits, with its positions, in no particular order. For checks.</summary>
    public abstract IEnumerable<(Message Message, ulong Position)> Peek();

    protected void CountIn(Message message)
    {
        Count++;
        Octets += message.BodyLength;
    }

    protected void CountOut(Message message)
    {
        Count--;
        Octets -= message.BodyLength;
    }
}
