namespace Warren.Store;

/// <summary>A segment file and what is known of it: how much of it lives, and which others need it.</summary>
internal sealed class Segment(ulong number, string name, IDiskFile file)
{
    private int _readers; // Under the gate of the records, as all that changes here.
    private bool _retired;

    public ulong Number { get; } = number;

    public string Name { get; } = name;

    public IDiskFile File { get; } = file;

    /// <summary>Its place in the index; given when it joins the others, and then never 0.</summary>
    public int Slot { get; set; }

    /// <summary>Octets used, from the beginning of the file.</summary>
    public long Length { get; set; }

    /// <summary>Octets the file takes on disk: more than are used while it is written to.</summary>
    public long FileOctets { get; set; }

    /// <summary>Octets of records that are the newest contents of an id.</summary>
    public long LiveOctets { get; set; }

    /// <summary>Octets of removals.</summary>
    public long RemoveOctets { get; set; }

    /// <summary>No record with contents in here has an id below this.</summary>
    public ulong LowestId { get; private set; } = ulong.MaxValue;

    /// <summary>No record with contents in here has an id above this.</summary>
    public ulong HighestId { get; private set; }

    /// <summary>Something in it could not be read: it is emptied first, and kept under another name.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Older segments with dead records that would live again if this one were gone.</summary>
    public HashSet<Segment> Shields { get; } = [];

    /// <summary>Later segments that hold the end of records in this one: the other side of <see cref="Shields"/>.</summary>
    public HashSet<Segment> EndedBy { get; } = [];

    /// <summary>Octets that would be won by copying what is needed and deleting the file, not counting those that every segment has.</summary>
    public long Gain => Length - SegmentHeader.Area - BatchHeader.Length - NeededOctets;

    /// <summary>Nothing in it is needed any more.</summary>
    public bool IsUnneeded => NeededOctets == 0;

    private long NeededOctets => LiveOctets + (Shields.Count > 0 ? RemoveOctets : 0);

    public void Holds(ulong id)
    {
        LowestId = Math.Min(LowestId, id);
        HighestId = Math.Max(HighestId, id);
    }

    public bool MayHold(ulong id) => LowestId <= id && id <= HighestId;

    public void BeginRead() => _readers++;

    public void EndRead()
    {
        if (--_readers == 0 && _retired)
            File.Dispose();
    }

    /// <summary>Closes the file as soon as nobody reads from it.</summary>
    public void Retire()
    {
        _retired = true;
        if (_readers == 0)
            File.Dispose();
    }
}
