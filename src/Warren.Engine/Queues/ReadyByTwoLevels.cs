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
    private readonly ReturnedMessages _returned = new();
    private ulong _lastHigh;
    private ulong _lastNormal;
    private int _turn; // How many were taken since the last one whose turn was a normal one's.

    private ReadyFifo Next => _high.Count == 0 || (_normal.Count > 0 && _turn == HighOnesInTurn) ? _normal : _high;

    /// <summary>The place of a message that is published now.</summary>
    public ulong NextPosition(Message message) =>
        LevelOf(message.Priority) != 0 ? HighBit | ++_lastHigh : ++_lastNormal;

    public override byte LevelOf(byte priority) => priority >= SmallestHighPriority ? (byte)(HighBit >> 56) : (byte)0;

    public override void GoOnBehind(ulong position)
    {
        if ((position & HighBit) != 0)
            _lastHigh = position & ~HighBit;
        else if (position >> 56 == 0) // Another profile has other lines.
            _lastNormal = position;
    }

    public override void Add(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        LineOf(position).Add(message, position);
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        _returned.Add(message, position);
    }

    public override void Restore(in WaitingMessage message, bool wasSeen, MessagePool pool)
    {
        CountIn(message.BodyLength);
        if (wasSeen)
            _returned.Restore(message, pool);
        else
            LineOf(message.Position).Restore(message, wasSeen, pool);
    }

    public override PagedMessages? FirstOut => _returned.Count > 0 ? _returned.FirstOut : Next.FirstOut;

    public override IEnumerable<ReadyFifo> Lines => [_normal, _high];

    public override Message? First()
    {
        if (_returned.Count > 0)
            return _returned.TryPeek(out var returned, out _) ? returned : null;
        return Next.First();
    }

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _returned.Count > 0;
        return redelivered ? _returned.TryPeek(out message, out position) : Next.TryPeek(out message, out position, out _);
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _returned.Count > 0;
        if (redelivered ? !_returned.TryTake(out message, out position) : !Next.TryTake(out message, out position, out _))
            return false;
        if (!redelivered)
            _turn = _turn == HighOnesInTurn ? 0 : _turn + 1;
        CountOut(message.BodyLength);
        return true;
    }

    public override bool TryTakeOut(out WaitingMessage message)
    {
        if (_returned.Count > 0)
        {
            if (!_returned.TryTakeOut(out message))
                return false;
        }
        else
        {
            if (!Next.TryTakeOut(out message))
                return false;
            _turn = _turn == HighOnesInTurn ? 0 : _turn + 1;
        }
        CountOut(message.BodyLength);
        return true;
    }

    public override IEnumerable<WaitingMessage> Peek() => _high.Peek().Concat(_normal.Peek()).Concat(_returned.Peek());

    private ReadyFifo LineOf(ulong position) => (position & HighBit) != 0 ? _high : _normal;
}
