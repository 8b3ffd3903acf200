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
        var level = LevelOf(message);
        return ((ulong)level << LevelShift) | ++_lastPositions[level];
    }

    public override byte LevelOf(Message message) => (byte)Math.Min(message.Priority, maxPriority);

    public override void GoOnBehind(ulong position)
    {
        if (position >> LevelShift is var level && level < (ulong)_lastPositions.Length)
            _lastPositions[level] = position & ((1UL << LevelShift) - 1);
    }

    public override void Add(Message message, ulong position)
    {
        CountIn(message);
        LevelOf(position).Add(message, position);
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message);
        LevelOf(position).PutBack(message, position);
    }

    public override ReadyFifo? FirstLine => First() is null ? null : _levels[_highest]!.FirstLine;

    public override IEnumerable<ReadyFifo> Lines => _levels.OfType<ReadyFifo>();

    public override Message? First()
    {
        for (; _highest > 0; _highest--)
        {
            if (_levels[_highest]?.First() is { } first)
                return first;
        }
        return _levels[0]?.First();
    }

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        if (First() is not null)
            return _levels[_highest]!.TryPeek(out message, out position, out redelivered);
        (message, position, redelivered) = (null, 0, false);
        return false;
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        if (First() is not null && _levels[_highest]!.TryTake(out message, out position, out redelivered))
        {
            CountOut(message);
            return true;
        }
        (message, position, redelivered) = (null, 0, false);
        return false;
    }

    public override IEnumerable<(Message Message, ulong Position)> Peek()
    {
        foreach (var level in _levels)
        {
            foreach (var one in level?.Peek() ?? [])
                yield return one;
        }
    }

    private ReadyFifo LevelOf(ulong position)
    {
        var level = (int)(position >> LevelShift);
        _highest = Math.Max(_highest, level);
        return _levels[level] ??= new ReadyFifo();
    }
}
