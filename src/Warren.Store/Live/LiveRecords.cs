using System.Diagnostics;

namespace Warren.Store;

/// <summary>
/// What the segments hold that is still wanted: where each live record stands, how much of each segment lives, and which segment must outlive which.
/// Changed by the writer (and by recovery, before there is one), read by any thread, always under <see cref="Gate"/>.
/// </summary>
/// <remarks>
/// An id once removed never lives again, and of several contents the last written counts. So a segment may go when its live records stand in a later one, and
/// when no older segment still holds what it removes or replaces: recovery would find that and take it for alive.
/// </remarks>
internal sealed class LiveRecords
{
    private readonly PlaceIndex _index = new();
    private readonly List<Segment?> _slots = [null];
    private readonly Stack<int> _freeSlots = [];

    public Lock Gate { get; } = new();

    /// <summary>The segments, oldest first.</summary>
    public List<Segment> Segments { get; } = [];

    public long Count => _index.Count;

    /// <summary>Octets of all live records, each with its header.</summary>
    public long LiveOctets { get; private set; }

    public void Join(Segment segment)
    {
        Debug.Assert(Segments.Count == 0 || Segments[^1].Number < segment.Number);
        segment.Slot = _freeSlots.Count > 0 ? _freeSlots.Pop() : _slots.Count;
        if (segment.Slot == _slots.Count)
            _slots.Add(segment);
        else
            _slots[segment.Slot] = segment;
        Segments.Add(segment);
    }

    public Place Find(ulong id) => _index.Get(id);

    public Segment SegmentOf(in Place place) => _slots[place.Slot]!;

    public bool IsLiveAt(ulong id, Segment segment, long offset)
    {
        var place = _index.Get(id);
        return place.Slot == segment.Slot && place.Offset == offset;
    }

    /// <summary>Every live id with its place, ascending. Not under the gate: for whoever is alone with the records.</summary>
    public IEnumerable<(ulong Id, Place Place)> InOrder() => _index.InOrder();

    /// <summary>Takes in a record that stands in a segment, as the latest so far.</summary>
    public void Take(in Record record, Segment segment, long offset)
    {
        if (record.IsRemove)
        {
            segment.RemoveOctets += record.Octets.Length;
            End(_index.Exchange(record.Id, default), segment);
            return;
        }
        segment.Holds(record.Id);
        segment.LiveOctets += record.Octets.Length;
        LiveOctets += record.Octets.Length;
        End(_index.Exchange(record.Id, new Place(segment.Slot, checked((uint)offset), record.Octets.Length)), segment);
    }

    /// <summary>Forgets a record that cannot be read any more.</summary>
    public void Forget(ulong id)
    {
        var place = _index.Exchange(id, default);
        if (!place.IsNowhere)
            Discount(place);
    }

    /// <summary>Live ids that stand in this segment. Looks at all there are: only for what is damaged.</summary>
    public List<ulong> LiveIn(Segment segment) => _index.InOrder().Where(entry => entry.Place.Slot == segment.Slot).Select(entry => entry.Id).ToList();

    /// <summary>True when a segment that is needed for it may hold older contents of this id.</summary>
    public static bool IsRemovalNeeded(Segment segment, ulong id)
    {
        foreach (var shielded in segment.Shields)
        {
            if (shielded.MayHold(id))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Takes a segment away whose live records and needed removals stand in later ones by now. What it shielded others from is shielded by those, and
    /// by whatever ended records in it.
    /// </summary>
    public void Leave(Segment segment, IReadOnlyCollection<Segment> copiedTo)
    {
        Debug.Assert(segment.LiveOctets == 0);
        foreach (var shielded in segment.Shields)
        {
            shielded.EndedBy.Remove(segment);
            foreach (var later in segment.EndedBy.Concat(copiedTo))
                Link(shielded, later);
        }
        foreach (var later in segment.EndedBy)
            later.Shields.Remove(segment);
        Segments.Remove(segment);
        _slots[segment.Slot] = null;
        _freeSlots.Push(segment.Slot);
        segment.Retire();
    }

    private void End(in Place before, Segment by)
    {
        if (before.IsNowhere)
            return;
        Link(Discount(before), by);
    }

    private Segment Discount(in Place before)
    {
        var segment = SegmentOf(before);
        segment.LiveOctets -= before.Length;
        LiveOctets -= before.Length;
        return segment;
    }

    private static void Link(Segment older, Segment later)
    {
        if (older != later && older.EndedBy.Add(later))
            later.Shields.Add(older);
    }
}
