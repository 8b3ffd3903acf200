namespace Warren.Engine;

/// <summary>
/// Messages that follow each other and are out of memory, in <see cref="PagedBlock"/>s. What cannot go out, such as a transient message between persistent ones, stands among them;
/// when it comes first it leaves. What they take counts as what the messages of the pool do.
/// </summary>
/// <param name="pool">Whose messages they are.</param>
/// <param name="bringIn">Where the first ones go that are in memory; they come in their order.</param>
/// <param name="most">So many of them at once; whoever has taken those asks again (<see cref="BringInFirst"/>).</param>
internal sealed class PagedMessages(MessagePool pool, Action<Message, ulong>? bringIn = null, int most = int.MaxValue)
{
    private PagedBlock? _first;
    private PagedBlock? _last;

    public int Count { get; private set; }

    /// <summary>The first one.</summary>
    public WaitingMessage First => _first!.First;

    /// <summary>All of them, for checks.</summary>
    public IEnumerable<WaitingMessage> InOrder()
    {
        for (var block = _first; block is not null; block = block.Next)
        {
            for (var i = 0; i < block.Count; i++)
                yield return block.At(i);
        }
    }

    /// <summary>Adds a message at the end.</summary>
    public void Add(in WaitingMessage message)
    {
        if (_last is not { IsFull: false })
            AddBlock();
        var before = _last!.Octets;
        _last.Add(message);
        pool.Count(_last.Octets - before);
        CountIn(message);
    }

    /// <summary>Adds messages that come before all others.</summary>
    public void AddFirst(PagedBlock block)
    {
        pool.Count(block.Octets);
        for (var i = 0; i < block.Count; i++)
            CountIn(block.At(i));
        block.Next = _first;
        _first = block;
        _last ??= block;
    }

    /// <summary>The first one has left.</summary>
    public void RemoveFirst()
    {
        Remove();
        BringInFirst();
    }

    /// <summary>The first one is in memory again, as this.</summary>
    public void BringIn(Message message)
    {
        var position = First.Position;
        Remove();
        bringIn!(message, position);
        BringInFirst();
    }

    /// <summary>Those at the beginning that are in memory leave, up to the first that is out, and not more at once than there may be.</summary>
    public void BringInFirst()
    {
        for (var left = most; left > 0 && bringIn is not null && _first is { IsFirstInMemory: true }; left--)
        {
            var first = First;
            Remove();
            bringIn(first.Message!, first.Position);
        }
    }

    private void Remove()
    {
        Count--;
        if (!_first!.IsFirstInMemory)
            pool.CountIn();
        _first.RemoveFirst();
        if (_first.Count > 0)
            return;
        pool.Count(-_first.Octets);
        _first = _first.Next;
        if (_first is null)
            _last = null;
    }

    private void AddBlock()
    {
        var block = new PagedBlock();
        pool.Count(block.Octets);
        if (_last is null)
            _first = block;
        else
            _last.Next = block;
        _last = block;
    }

    private void CountIn(in WaitingMessage message)
    {
        Count++;
        if (message.Message is null)
            pool.CountOut();
    }
}
