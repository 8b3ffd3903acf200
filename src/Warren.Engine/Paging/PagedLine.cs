namespace Warren.Engine;

/// <summary>
/// Which part of a line of ready messages is out of memory: one stretch of positions, between a head that is ready to be delivered and an end that is not on disk yet. What cannot go out,
/// such as transient messages, stays within the stretch.
/// </summary>
internal sealed class PagedLine(ReadyFifo line)
{
    private ulong _from;
    private ulong _to; // Behind the last one.

    /// <summary>Gives back messages, the newest first, as far as the disk has them.</summary>
    /// <param name="pager">Says when it is enough.</param>
    /// <param name="keptAtHead">So many at the head stay, at least 1.</param>
    public void PageOut(Pager pager, uint keptAtHead)
    {
        var first = line.FirstPosition;
        var end = line.EndPosition;
        _from = Math.Max(_from, first);
        if (_to <= _from || _to > end)
            _from = _to = LastOnDisk(pager, first, end);
        var lowest = Math.Min(first + keptAtHead, end);
        while (_to >= lowest && _to < end && pager.IsOnDisk(line.At(_to)) && pager.IsShort)
            pager.PageOut(line.At(_to++));
        while (_from > lowest && pager.IsShort)
            pager.PageOut(line.At(--_from));
    }

    /// <summary>The first message has been read: reads those behind it too, as many as one look ahead takes.</summary>
    public void ReadAhead(Pager pager)
    {
        _from = Math.Max(_from, line.FirstPosition);
        for (var window = pager.NewWindow(); _from < _to && window.TryGoOn(line.At(_from)); _from++)
        {
            if (!pager.TryPageIn(line.At(_from)))
                return; // It is told when its turn has come.
        }
    }

    /// <summary>The line was filled by a recovery, which has read only what there was room for.</summary>
    public void Recovered()
    {
        (_from, _to) = (line.FirstPosition, line.EndPosition);
        while (_from < _to && line.At(_from).IsInMemory)
            _from++;
    }

    private ulong LastOnDisk(Pager pager, ulong first, ulong end)
    {
        while (end > first && !pager.IsOnDisk(line.At(end - 1)))
            end--;
        return end;
    }
}
