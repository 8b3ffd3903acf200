using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>
/// The messages of a queue that wait for a consumer, in the order of their positions. Published ones stand in a ring and have positions
/// without gaps; when memory is short only the first of them do, and the others in a <see cref="PagedLine"/>. Requeued ones were taken from the front, so they all come before those.
/// </summary>
internal sealed class ReadyFifo : ReadyMessages
{
    private MessageRing _ring = new();
    private ulong _firstPosition; // Of what stands in the ring and behind it.
    private ReturnedMessages? _returned;
    private PagedLine? _paged; // Null as long as all are in the ring.

    public override PagedMessages? FirstOut
    {
        get
        {
            if (_returned is { Count: > 0 })
                return _returned.FirstOut;
            return _ring.Count == 0 ? _paged?.Out : null;
        }
    }

    public override IEnumerable<ReadyFifo> Lines => [this];

    /// <summary>Adds a published message at the end.</summary>
    /// <param name="message">The message.</param>
    /// <param name="position">One more than the last position while the line holds any; never smaller than any before.</param>
    public override void Add(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        if (_paged is not null)
        {
            _paged.Add(message);
            return;
        }
        AddToRing(message, position);
    }

    public override void PutBack(Message message, ulong position)
    {
        CountIn(message.BodyLength);
        (_returned ??= new ReturnedMessages()).Add(message, position);
    }

    public override void Restore(in WaitingMessage message, bool wasSeen, MessagePool pool)
    {
        CountIn(message.BodyLength);
        if (wasSeen)
            (_returned ??= new ReturnedMessages()).Restore(message, pool);
        else if (message.Message is not null && _paged is null)
            AddToRing(message.Message, message.Position);
        else
            RestoreOut(message, pool);
    }

    public override Message? First()
    {
        if (_returned is { Count: > 0 })
            return _returned.TryPeek(out var returned, out _) ? returned : null;
        return _ring.Count == 0 ? null : _ring.First;
    }

    public override bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _returned is { Count: > 0 };
        if (redelivered)
            return _returned!.TryPeek(out message, out position);
        position = _firstPosition;
        message = _ring.Count == 0 ? null : _ring.First;
        return message is not null;
    }

    public override bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        redelivered = _returned is { Count: > 0 };
        if (redelivered ? !_returned!.TryTake(out message, out position) : !TryTakeFromRing(out message, out position))
            return false;
        CountOut(message.BodyLength);
        return true;
    }

    public override bool TryTakeOut(out WaitingMessage message)
    {
        message = default;
        if (_returned is { Count: > 0 } ? !_returned.TryTakeOut(out message) : !TryTakeFromLine(out message))
            return false;
        CountOut(message.BodyLength);
        return true;
    }

    /// <summary>Gives back messages, the newest first, as far as the disk has them.</summary>
    /// <param name="pager">Says what can go, and when it is enough.</param>
    /// <param name="keptAtHead">So many at the head stay, at least 1.</param>
    public void PageOut(Pager pager, int keptAtHead)
    {
        if (_paged is null && _ring.Count <= keptAtHead)
            return;
        var paged = _paged ?? new PagedLine(pager.Pool, AddToRing);
        paged.PageOut(ref _ring, _firstPosition, pager, keptAtHead);
        _paged = paged.IsEmpty ? null : paged;
    }

    public override IEnumerable<WaitingMessage> Peek()
    {
        for (var i = 0; i < _ring.Count; i++)
            yield return new WaitingMessage(_ring[i], 0, _firstPosition + (ulong)i);
        foreach (var message in _paged?.InOrder(_firstPosition + (ulong)_ring.Count) ?? [])
            yield return message;
        foreach (var message in _returned?.Peek() ?? [])
            yield return message;
    }

    private void AddToRing(Message message, ulong position)
    {
        if (_ring.Count == 0)
            _firstPosition = position;
        Debug.Assert(position == _firstPosition + (ulong)_ring.Count, "Positions in the ring have no gaps.");
        _ring.Add(message);
    }

    private bool TryTakeFromRing([NotNullWhen(true)] out Message? message, out ulong position)
    {
        position = _firstPosition;
        message = null;
        if (_ring.Count == 0)
            return false;
        message = _ring.TakeFirst();
        _firstPosition++;
        if (_ring.Count == 0 && _paged is not null)
            CloseUp();
        return true;
    }

    private bool TryTakeFromLine(out WaitingMessage message)
    {
        message = default;
        if (_ring.Count > 0 || _paged is not { } paged)
            return false;
        message = paged.Out.First;
        Debug.Assert(message.Message is null, "What is in memory comes into the ring before the ring is empty.");
        _firstPosition++;
        paged.Out.RemoveFirst();
        if (_ring.Count == 0)
            CloseUp();
        return true;
    }

    // The head of the line has left: what is in memory moves up.
    private void CloseUp()
    {
        _paged!.Out.BringInFirst();
        if (_ring.Count > 0 || _paged.Out.Count > 0)
            return;
        _ring = _paged.TakeBehind();
        _paged = null;
    }

    private void RestoreOut(in WaitingMessage message, MessagePool pool)
    {
        if (_paged is null && _ring.Count == 0)
            _firstPosition = message.Position;
        (_paged ??= new PagedLine(pool, AddToRing)).Out.Add(message);
    }
}
