using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>
/// The priorities of a quorum queue: from 5 on they are high, and while both wait two high ones are taken for each other one, so that nobody starves
/// (https://www.rabbitmq.com/docs/quorum-queues#priorities). What came back is taken before all others.
/// </summary>
internal sealed class ReadyByTwoLevels : ReadyMessages
{
    private const int SmallestHighPriority = 5;
    private const int HighOnesInTurn = 2;
    private const ulong HighBit = 1UL << 63;

    private readonly ReadyFifo _high = new();
    private readonly ReadyFifo _normal = new();
    private readonly PriorityQueue<Message, ulong> _returned = new();
    private ulong _lastHigh;
    private ulong _lastNormal;
    private int _turn; // How many were taken since the last one whose turn was a normal one's.

    private ReadyFifo Next => _high.Count == 0 || (_normal.Count > 0 && _turn == HighOnesInTurn) ? _normal : _high;

    /// <summary>The place of a message that is published now.</summary>
    public ulong NextPosition(Message message) =>
        LevelOf(message) != 0 ? HighBit | ++_lastHigh : ++_lastNormal;

    public override byte LevelOf(Message message) => message.Priority >= SmallestHighPriority ? (byte)(HighBit >> 56) : (byte)0;

    public override void GoOnBehind(ulong position)
    {
        if ((position & HighBit) != 0)
            _lastHigh = position & ~HighBit;
        else if (position >> 56 == 0) // Another profile has other lines.
            _lastNormal = position;
    }

    public override void Add(Message message, ulong position)
    {
        CountIn(message);
        ((position & HighBit) != 0 ? _high : _normal).Add(message, position);
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message);
        _returned.Enqueue(message, position);
    }

    public override ReadyFifo? FirstLine => _returned.Count > 0 ? null : Next.FirstLine;

    public override IEnumerable<ReadyFifo> Lines => [_normal, _high];

    public override Message? First() => _returned.TryPeek(out var message, out _) ? message : Next.First();

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _returned.TryPeek(out message, out position);
        return redelivered || Next.TryPeek(out message, out position, out _);
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = true;
        if (_returned.TryDequeue(out message, out position))
        {
            CountOut(message);
            return true;
        }
        redelivered = false;
        if (!Next.TryTake(out message, out position, out _))
            return false;
        _turn = _turn == HighOnesInTurn ? 0 : _turn + 1;
        CountOut(message);
        return true;
    }

    public override IEnumerable<(Message Message, ulong Position)> Peek() =>
        _high.Peek().Concat(_normal.Peek()).Concat(_returned.UnorderedItems.Select(static item => (item.Element, item.Priority)));
}
