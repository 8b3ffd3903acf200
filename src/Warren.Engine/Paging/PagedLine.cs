namespace Warren.Engine;

/// <summary>
/// What of a line of ready messages stands behind its head while a part of it is out of memory: first those that are out, one stretch of positions, and then those that have come since and
/// are in memory.
/// </summary>
/// <param name="pool">Whose messages they are.</param>
/// <param name="bringIn">The end of the line's head.</param>
internal sealed class PagedLine(MessagePool pool, Action<Message, ulong> bringIn)
{
    private const int MostBroughtIn = 256; // At once: more would go out again with the next look, and that as often as there is one.

    private MessageRing _behind = new();

    /// <summary>Those that are out.</summary>
    public PagedMessages Out { get; } = new(pool, bringIn, MostBroughtIn);

    public bool IsEmpty => Out.Count + _behind.Count == 0;

    /// <summary>Adds a message at the end of the line.</summary>
    public void Add(Message message) => _behind.Add(message);

    /// <summary>Nothing is out any more: what has come since is the head of the line.</summary>
    public MessageRing TakeBehind() => _behind;

    /// <summary>Gives back messages, the newest first, as far as the disk has them.</summary>
    /// <param name="head">The head of the line.</param>
    /// <param name="first">The position of the first one there.</param>
    /// <param name="pager">Says what can go, and when it is enough.</param>
    /// <param name="keptAtHead">So many at the beginning stay, at least 1.</param>
    public void PageOut(ref MessageRing head, ulong first, Pager pager, int keptAtHead)
    {
        if (IsEmpty && !TryPutBehind(ref head, pager, keptAtHead))
            return;
        for (var index = head.Count + Out.Count; index >= keptAtHead && _behind.Count > 0 && pager.IsOnDisk(_behind.First) && pager.IsShort; index++)
            Out.Add(pager.PageOut(_behind.TakeFirst(), first + (ulong)index));
        while (head.Count > keptAtHead && pager.IsShort)
            PageOutLast(ref head, first, pager, keptAtHead);
    }

    /// <summary>All of them, for checks.</summary>
    public IEnumerable<WaitingMessage> InOrder(ulong first)
    {
        foreach (var message in Out.InOrder())
            yield return message;
        for (var i = 0; i < _behind.Count; i++)
            yield return new WaitingMessage(_behind[i], 0, first + (ulong)(Out.Count + i));
    }

    // What is not on disk yet is not in the way of those before it. False when those are only what stays anyhow.
    private bool TryPutBehind(ref MessageRing head, Pager pager, int keptAtHead)
    {
        var onDisk = head.Count;
        while (onDisk > keptAtHead && !pager.IsOnDisk(head[onDisk - 1]))
            onDisk--;
        if (onDisk <= keptAtHead)
            return false;
        for (var i = onDisk; i < head.Count; i++)
            _behind.Add(head[i]);
        head.RemoveLast(head.Count - onDisk);
        return true;
    }

    private void PageOutLast(ref MessageRing head, ulong first, Pager pager, int keptAtHead)
    {
        var most = Math.Min(NumberColumn.MaxNumbers, head.Count - keptAtHead);
        var count = 0;
        for (var excess = pager.Excess; count < most && excess > 0; count++)
            excess -= pager.GainOf(head[head.Count - 1 - count]);
        var block = new PagedBlock();
        for (var i = head.Count - count; i < head.Count; i++)
            block.Add(pager.PageOut(head[i], first + (ulong)i));
        head.RemoveLast(count);
        Out.AddFirst(block);
    }
}
