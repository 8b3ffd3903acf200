using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>
/// The messages of a queue that wait for a consumer, in the order of their positions. Published ones stand in a ring and have positions
/// without gaps. Requeued ones were taken from the ring's front, so they all come before it: a heap gives them out by position.
/// </summary>
internal sealed class ReadyFifo : ReadyMessages
{
    private const int SmallestRing = 8;

    private Message[] _ring = [];
    private int _head;
    private int _ringCount;
    private ulong _firstPosition;
    private PriorityQueue<Message, ulong>? _requeued;
    private PagedLine? _paged;

    /// <summary>What of it is out of memory.</summary>
    public PagedLine Paged => _paged ??= new PagedLine(this);

    /// <summary>The first position in the ring.</summary>
    public ulong FirstPosition => _firstPosition;

    /// <summary>The position behind the last one in the ring.</summary>
    public ulong EndPosition => _firstPosition + (ulong)_ringCount;

    public override ReadyFifo? FirstLine => _requeued is { Count: > 0 } ? null : this;

    public override IEnumerable<ReadyFifo> Lines => [this];

    /// <summary>The message at a position in the ring.</summary>
    public Message At(ulong position) => _ring[(_head + (int)(position - _firstPosition)) & (_ring.Length - 1)];

    /// <summary>Adds a published message at the end.</summary>
    /// <param name="message">The message.</param>
    /// <param name="position">One more than the last position while the ring holds any; never smaller than any before.</param>
    public override void Add(Message message, ulong position)
    {
        CountIn(message);
        if (_ringCount == 0)
            _firstPosition = position;
        System.Diagnostics.Debug.Assert(position == _firstPosition + (ulong)_ringCount, "Positions in the ring have no gaps.");
        if (_ringCount == _ring.Length)
            Resize(Math.Max(SmallestRing, _ring.Length * 2));
        _ring[(_head + _ringCount++) & (_ring.Length - 1)] = message;
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message);
        (_requeued ??= new PriorityQueue<Message, ulong>()).Enqueue(message, position);
    }

    public override Message? First()
    {
        if (_requeued is not null && _requeued.TryPeek(out var message, out _))
            return message;
        return _ringCount == 0 ? null : _ring[_head];
    }

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _requeued is not null && _requeued.TryPeek(out _, out _);
        if (redelivered)
            return _requeued!.TryPeek(out message, out position);
        position = _firstPosition;
        message = _ringCount == 0 ? null : _ring[_head];
        return message is not null;
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = true;
        if (_requeued is null || !_requeued.TryDequeue(out message, out position))
        {
            redelivered = false;
            if (!TryTakeFromRing(out message, out position))
                return false;
        }
        CountOut(message);
        return true;
    }

    public override IEnumerable<(Message Message, ulong Position)> Peek()
    {
        for (var i = 0; i < _ringCount; i++)
            yield return (_ring[(_head + i) & (_ring.Length - 1)], _firstPosition + (ulong)i);
        if (_requeued is null)
            yield break;
        foreach (var (message, position) in _requeued.UnorderedItems)
            yield return (message, position);
    }

    private bool TryTakeFromRing([NotNullWhen(true)] out Message? message, out ulong position)
    {
        position = _firstPosition;
        message = null;
        if (_ringCount == 0)
            return false;
        message = _ring[_head];
        _ring[_head] = null!;
        _head = (_head + 1) & (_ring.Length - 1);
        _ringCount--;
        _firstPosition++;
        if (_ring.Length > SmallestRing * 8 && _ringCount < _ring.Length / 8)
            Resize(_ring.Length / 2); // A backlog has drained; its memory should not stay.
        return true;
    }

    private void Resize(int length)
    {
        var ring = new Message[length];
        for (var i = 0; i < _ringCount; i++)
            ring[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = ring;
        _head = 0;
    }
}
