using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>
/// <c>x-max-priority</c>: higher priorities first, and within one in the order of publishing (https://www.rabbitmq.com/docs/priority). Every
/// level that was ever used is a line of its own; a position carries its level in its highest octet.
/// </summary>
/// <param name="maxPriority">The highest level, 0 to 255; what is above counts as this.</param>
internal sealed class ReadyByPriority(int maxPriority) : ReadyMessages
{
    private const int LevelShift = 56;

    private readonly ReadyFifo?[] _levels = new ReadyFifo?[maxPriority + 1];
    private readonly ulong[] _lastPositions = new ulong[maxPriority + 1];
    private int _highest; // No level above it holds anything.

    /// <summary>The place of a message that is published now.</summary>
    public ulong NextPosition(Message message)
    {
        var level = LevelOf(message.Priority);
        return ((ulong)level << LevelShift) | ++_lastPositions[level];
    }

    public override byte LevelOf(byte priority) => (byte)Math.Min(priority, maxPriority);

    public override void GoOnBehind(ulong position)
    {
        if (position >> LevelShift is var level && level < (ulong)_lastPositions.Length)
            _lastPositions[level] = position & ((1UL << LevelShift) - 1);
    }

    public override void Add(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        LineOf(position).Add(message, position);
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        LineOf(position).PutBack(message, position);
    }

    public override void Restore(in WaitingMessage message, bool wasSeen, MessagePool pool)
    {
        CountIn(message.BodyLength);
        LineOf(message.Position).Restore(message, wasSeen, pool);
    }

    public override PagedMessages? FirstOut => Highest?.FirstOut;

    public override IEnumerable<ReadyFifo> Lines => _levels.OfType<ReadyFifo>();

    public override Message? First() => Highest?.First();

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        if (Highest is { } highest)
            return highest.TryPeek(out message, out position, out redelivered);
        (message, position, redelivered) = (null, 0, false);
        return false;
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        if (Highest is { } highest && highest.TryTake(out message, out position, out redelivered))
        {
            CountOut(message.BodyLength);
            return true;
        }
        (message, position, redelivered) = (null, 0, false);
        return false;
    }

    public override bool TryTakeOut(out WaitingMessage message)
    {
        message = default;
        if (Highest?.TryTakeOut(out message) != true)
            return false;
        CountOut(message.BodyLength);
        return true;
    }

    public override IEnumerable<WaitingMessage> Peek()
    {
        foreach (var level in _levels)
        {
            foreach (var one in level?.Peek() ?? [])
                yield return one;
        }
    }

    // The highest level that holds anything, or the lowest.
    private ReadyFifo? Highest
    {
        get
        {
            for (; _highest > 0; _highest--)
            {
                if (_levels[_highest] is { Count: > 0 } level)
                    return level;
            }
            return _levels[0];
        }
    }

    private ReadyFifo LineOf(ulong position)
    {
        var level = (int)(position >> LevelShift);
        _highest = Math.Max(_highest, level);
        return _levels[level] ??= new ReadyFifo();
    }
}
