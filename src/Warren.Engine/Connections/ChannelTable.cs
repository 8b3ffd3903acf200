namespace Warren.Engine;

/// <summary>
/// The channels of a connection by number, in pages that exist only where a channel does: numbers up to 65535 are legal, and a
/// connection with one channel should stay small.
/// </summary>
internal sealed class ChannelTable
{
    private const int PageShift = 6;
    private const int PageMask = (1 << PageShift) - 1;

    private Channel?[]?[] _pages = new Channel?[]?[1];

    public Channel? Find(ushort number)
    {
        var page = number >> PageShift;
        return page < _pages.Length ? _pages[page]?[number & PageMask] : null;
    }

    public void Add(Channel channel)
    {
        var page = channel.Number >> PageShift;
        if (page >= _pages.Length)
            Array.Resize(ref _pages, Math.Max(page + 1, Math.Min(_pages.Length * 2, 1 << (16 - PageShift))));
        (_pages[page] ??= new Channel?[1 << PageShift])[channel.Number & PageMask] = channel;
    }

    public void Remove(ushort number) => _pages[number >> PageShift]![number & PageMask] = null;

    /// <summary>Walks the channels in the order of their numbers.</summary>
    /// <param name="from">The number to start with; pass the last channel's number plus one to go on.</param>
    public Channel? Next(int from)
    {
        while (from >> PageShift < _pages.Length)
        {
            var page = _pages[from >> PageShift];
            if (page is null)
            {
                from = ((from >> PageShift) + 1) << PageShift;
                continue;
            }
            if (page[from & PageMask] is { } channel)
                return channel;
            from++;
        }
        return null;
    }
}
