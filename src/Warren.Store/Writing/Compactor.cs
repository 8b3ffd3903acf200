using System.Diagnostics;

namespace Warren.Store;

/// <summary>
/// Empties old segments: copies what is still needed of one, portion by portion, and deletes the file when the copies are on disk. Owned by the writer.
/// A damaged segment comes first, and is kept under another name.
/// </summary>
internal sealed class Compactor(IDisk disk, JournalOptions options, LiveRecords records, ulong salt, IJournalOwner owner, LogTail tail)
{
    private const int MostSmallSegments = 8;
    private const int SmallShare = 8;
    private const double LeastShare = 0.25; // Of a segment, to be won before it must be.

    private readonly HashSet<Segment> _copiedTo = [];
    private Segment? _victim;
    private SegmentCursor? _cursor;
    private bool _isRead; // All of the victim was looked at.

    /// <summary>Fills a group with copies of what is needed of the segment that is to go. True when something was done.</summary>
    /// <param name="copies">An empty group.</param>
    /// <param name="octets">How much of the segment is looked at, about.</param>
    /// <param name="active">The segment that is written to; never the one to go.</param>
    public bool Fill(Group copies, long octets, Segment? active)
    {
        if (_isRead)
            return false; // The file goes first.
        if (_victim is null)
            Begin(Choose(active));
        if (_victim is null)
            return false;
        if (_victim.IsUnneeded)
        {
            _isRead = true; // Nothing in it is needed: nobody has to look.
            return true;
        }
        _cursor ??= new SegmentCursor(_victim.File, _victim.Name, _victim.Length, _victim.Number, salt, options.CompactionOctets);
        var limit = _cursor.Offset + octets;
        while (_victim is not null && !_isRead && _cursor.Offset < limit && copies.Length < octets)
            CopyBatch(copies);
        copies.EndBatch();
        return true;
    }

    /// <summary>Copies of the segment that is to go stand, on disk, in this one.</summary>
    public void Copied(Segment to) => _copiedTo.Add(to);

    /// <summary>Deletes the segment, if all that is needed of it has been copied. True when it did.</summary>
    public bool Finish()
    {
        if (!_isRead)
            return false;
        Debug.Assert(_victim is not null);
        if (_victim.LiveOctets > 0)
            GiveUpLost(_victim);
        MarkIfThereIsRoom();
        if (_victim.IsDamaged)
            disk.Rename(_victim.Name, _victim.Name + SegmentName.Damaged);
        else
            disk.Unlink(_victim.Name);
        Leave(_victim, _copiedTo);
        _copiedTo.Clear();
        _victim = null;
        _isRead = false;
        return true;
    }

    /// <summary>Deletes the segments of which nothing is needed, now that there is no room to copy anything. True when there was one.</summary>
    /// <remarks>Not those with copies of a segment that still exists: what of it is only a removal looks unneeded until that one has gone.</remarks>
    public bool DeleteUnneeded(Segment? active)
    {
        var unneeded = records.Segments.Where(segment => segment != active && segment != _victim && !_copiedTo.Contains(segment) && !segment.IsDamaged && segment.IsUnneeded).ToList();
        if (unneeded.Count > 0)
            MarkIfThereIsRoom();
        foreach (var segment in unneeded)
        {
            disk.Unlink(segment.Name);
            Leave(segment, []);
        }
        return unneeded.Count > 0;
    }

    private void MarkIfThereIsRoom()
    {
        try
        {
            tail.Mark();
        }
        catch (DiskException e) when (e.IsFull)
        {
            // Only a deletion makes room for the mark, and what stands without one is on disk all the same.
        }
    }

    // Only when it is gone for good may what it needed go too: should it come back, its dead records must still have their end.
    private void Leave(Segment segment, IReadOnlyCollection<Segment> copiedTo)
    {
        LogTail.Fatal(disk.SyncDirectory);
        lock (records.Gate)
            records.Leave(segment, copiedTo);
    }

    private void Begin(Segment? victim)
    {
        _victim = victim;
        _cursor = null;
        _copiedTo.Clear();
    }

    // A damaged one, but before it those that need it, because its removals may be unreadable; then what costs nothing; then, when there is too much, what
    // gives the most; then small ones, which many restarts leave behind.
    private Segment? Choose(Segment? active)
    {
        Segment? best = null, small = null;
        var (closedOctets, smallCount) = (0L, 0);
        foreach (var segment in records.Segments)
        {
            if (segment == active)
                continue;
            if (segment.IsDamaged)
                return segment.Shields.Count == 0 ? segment : segment.Shields.MinBy(shielded => shielded.Number);
            if (segment.IsUnneeded)
                return segment;
            closedOctets += segment.Length;
            if (best is null || Share(segment) > Share(best))
                best = segment;
            if (segment.Length >= options.SegmentOctets / SmallShare)
                continue;
            smallCount++;
            small ??= segment;
        }
        // The bound is 2 x live; begun earlier where it is worth it, so that it is kept while the work goes on and while what lives becomes less.
        if (best is { Gain: > 0 } && (closedOctets > 2 * records.LiveOctets || (closedOctets > records.LiveOctets / 2 * 3 && Share(best) >= LeastShare)))
            return best;
        return smallCount > MostSmallSegments ? small : null;
    }

    private static double Share(Segment segment) => (double)segment.Gain / segment.Length;

    private void CopyBatch(Group copies)
    {
        var from = _cursor!.Offset;
        if (!_cursor.Next(out var batch, out var skipped))
        {
            if (from < _victim!.Length)
                Salvage(copies, from, _victim.Length - from);
            _isRead = _victim is not null;
            return;
        }
        var (isEnd, end) = (batch.Header.Kind == BatchKind.End, batch.End);
        if (skipped > 0)
        {
            Salvage(copies, from, skipped); // The window moves: this batch is read again.
            if (_victim is null)
                return;
            _cursor.Offset = from + skipped;
            if (!_cursor.Next(out batch, out _))
                return;
        }
        Copy(copies, batch);
        _isRead = isEnd || end >= _victim!.Length;
    }

    private void Copy(Group copies, in BatchView batch)
    {
        var rest = batch.Payload.Span;
        lock (records.Gate)
        {
            while (Record.TryRead(rest, out var record))
            {
                var isNeeded = record.IsRemove
                    ? LiveRecords.IsRemovalNeeded(_victim!, record.Id)
                    : records.IsLiveAt(record.Id, _victim!, batch.End - rest.Length);
                if (isNeeded)
                    Append(copies, record);
                rest = rest[record.Octets.Length..];
            }
        }
    }

    // What the index knows to be alive at an octet, and whose own checksum is right, is what was written there. Removals cannot be told like that.
    private void Salvage(Group copies, long offset, long octets)
    {
        MarkDamaged(offset, octets);
        if (_victim!.Shields.Count > 0)
        {
            _victim = null; // Those that need its removals go first; it is chosen again when they are gone.
            return;
        }
        var region = _cursor!.Octets(offset, checked((int)octets)).Span;
        lock (records.Gate)
        {
            for (var at = 0; at + Record.HeadOffset <= region.Length; at++)
            {
                if (Record.TryRead(region[at..], out var record) && !record.IsRemove && records.IsLiveAt(record.Id, _victim, offset + at) && record.IsIntact)
                    Append(copies, record);
            }
        }
    }

    private void MarkDamaged(long offset, long octets)
    {
        if (_victim!.IsDamaged)
            return; // Reported when it was found.
        _victim.IsDamaged = true;
        owner.Damaged(new Damage(_victim.Name, offset, octets, _cursor!.ReadFailure?.Message ?? "no batch can be read here any more", 0, 0));
    }

    private void GiveUpLost(Segment victim)
    {
        List<ulong> lost;
        lock (records.Gate)
        {
            lost = records.LiveIn(victim);
            foreach (var id in lost)
                records.Forget(id);
        }
        victim.IsDamaged = true;
        owner.Damaged(new Damage(victim.Name, 0, victim.Length, $"records that lived are lost: {IdRanges.Of(lost)}", lost[0], lost.Count));
    }

    private static void Append(Group copies, in Record record)
    {
        record.Octets.CopyTo(copies.Reserve(record.Octets.Length, record.Id));
        copies.Seal(0);
    }
}
