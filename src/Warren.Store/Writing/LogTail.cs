namespace Warren.Store;

/// <summary>
/// Where the journal is written: the newest segment, and the file that will be the next one. Batches are collected into a run, and a run is written and synced
/// in one go. Owned by the writer.
/// </summary>
internal sealed class LogTail(IDisk disk, JournalOptions options, LiveRecords records, ulong salt, ulong nextSegment)
{
    private const int SmallRunShare = 8; // Of the zeros written ahead: a run smaller than that is worth them.

    private readonly List<Run> _runs = [];
    private byte[]? _zeros;
    private ulong _nextSegment = nextSegment;
    private IDiskFile? _reserve; // Room for the next segment.
    private long _reserveOctets;
    private bool _mayLieAbout = true; // A process before this one may have left a file of the reserve's name.
    private long _end; // Everything before is on disk.
    private long _written; // Up to here no write changes metadata.
    private uint _chain;
    private long _runEnd;
    private uint _runChain;
    private bool _isMarked; // What is on disk is followed by a batch that says so.

    /// <summary>The segment that is written to; null before the first, and while there is no room for the next.</summary>
    public Segment? Active { get; private set; }

    public bool HasReserve => _reserve is not null;

    /// <summary>Octets of the file that will be the next segment.</summary>
    public long ReserveOctets => _reserve is null ? 0 : _reserveOctets;

    /// <summary>Octets of the active segment that are used.</summary>
    public long Used => Active is null ? 0 : _end;

    public bool HasRun => _runs.Count > 0;

    public bool HasRoomFor(int octets) => Active is not null && _runEnd + octets + BatchHeader.Length <= Active.FileOctets;

    /// <summary>Puts a batch into the run: its header is written for the place that it will have.</summary>
    public void Add(Group group, int index)
    {
        var mark = group.Batches[index];
        var octets = group.Octets[mark.Start..mark.End];
        var payload = octets[BatchHeader.Length..];
        var header = new BatchHeader(group.Kind, BeginsGroup: _runEnd == _end, payload.Length, _runChain, mark.Records, mark.FirstId, Crc32C.Of(payload));
        _runChain = header.Write(octets, new BatchPlace(salt, Active!.Number, _runEnd));
        if (_runs.Count > 0 && _runs[^1].Group == group)
            _runs[^1] = _runs[^1] with { Last = index };
        else
            _runs.Add(new Run(group, index, index, _runEnd));
        _runEnd += mark.TotalOctets;
    }

    /// <summary>Writes and syncs the run. Returns its parts, in order; they are valid until the next run begins.</summary>
    /// <exception cref="DiskException">There is no room, and nothing has happened; the run is forgotten and can be made again, octet for octet.</exception>
    /// <exception cref="JournalException">The journal cannot go on.</exception>
    public List<Run> Flush()
    {
        try
        {
            foreach (var run in _runs)
                Active!.File.Write(run.Offset, run.Octets);
            WriteZeros();
        }
        catch (DiskException e) when (e.IsFull)
        {
            ForgetRun();
            throw;
        }
        Sync(Active!.File);
        _end = Active.Length = _runEnd;
        _written = Math.Max(_written, _end);
        _chain = _runChain;
        _isMarked = false;
        return _runs;
    }

    public void ForgetRun()
    {
        _runs.Clear();
        (_runEnd, _runChain) = (_end, _chain);
    }

    /// <summary>
    /// Writes an empty batch behind what was written last. A batch that begins a group says that all before it was on disk: damage in there can no longer be taken
    /// for what a crash left unfinished. To be called before something is deleted of which the newer contents stand here.
    /// </summary>
    /// <exception cref="DiskException">There is no room, and nothing has happened.</exception>
    /// <exception cref="JournalException">The journal cannot go on.</exception>
    public void Mark()
    {
        if (_isMarked || Active is null)
            return;
        if (!HasRoomFor(BatchHeader.Length))
        {
            CloseActive(); // The end says the same.
            return;
        }
        Span<byte> octets = stackalloc byte[BatchHeader.Length];
        var header = new BatchHeader(BatchKind.Copies, BeginsGroup: true, 0, _chain, 0, 0, Crc32C.Of([]));
        var checksum = header.Write(octets, new BatchPlace(salt, Active.Number, _end));
        Active.File.Write(_end, octets);
        Sync(Active.File);
        _end = Active.Length = _runEnd = _end + BatchHeader.Length;
        _written = Math.Max(_written, _end);
        _chain = _runChain = checksum;
        _isMarked = true;
    }

    /// <summary>Ends the active segment and begins the next, with room for so many octets at least.</summary>
    /// <exception cref="DiskException">There is no room for it; to be tried again.</exception>
    /// <exception cref="JournalException">The journal cannot go on.</exception>
    public void Roll(int octets, ulong nextId)
    {
        CloseActive();
        var length = Math.Max(options.SegmentOctets, SegmentHeader.Area + (long)octets + BatchHeader.Length);
        PrepareReserve(length);
        BeginSegment(nextId);
    }

    /// <summary>Ends the active segment for good.</summary>
    public void CloseActive()
    {
        if (Active is null)
            return;
        _ = SegmentCloser.WriteEnd(Active, salt, _end, _chain);
        Fatal(() => SegmentCloser.Finish(Active, _end + BatchHeader.Length));
        Active = null;
    }

    /// <summary>Takes room for the next segment.</summary>
    /// <exception cref="DiskException">There is none.</exception>
    public void PrepareReserve(long octets)
    {
        if (_reserve is null)
        {
            RemoveLeftReserve();
            _reserve = disk.Create(SegmentName.Next);
            _reserveOctets = 0;
        }
        if (_reserveOctets >= octets)
            return;
        try
        {
            _reserve.Preallocate(octets);
            _reserveOctets = octets;
        }
        catch (DiskException) when (_reserveOctets == 0)
        {
            DropReserve();
            throw;
        }
    }

    // Looked for once: listing a folder takes a descriptor, and there may be none.
    private void RemoveLeftReserve()
    {
        if (_mayLieAbout && disk.List().Contains(SegmentName.Next))
            disk.Unlink(SegmentName.Next);
        _mayLieAbout = false;
    }

    /// <summary>Gives the room for the next segment back.</summary>
    public void DropReserve()
    {
        if (_reserve is null)
            return;
        _reserve.Dispose();
        _reserve = null;
        _mayLieAbout = true;
        disk.Unlink(SegmentName.Next);
        _mayLieAbout = false;
    }

    /// <summary>Syncs a file. A failure is the end: the system forgets what it did not write, and a second sync would succeed.</summary>
    private static void Sync(IDiskFile file) => Fatal(file.Sync);

    private void BeginSegment(ulong nextId)
    {
        var area = new byte[SegmentHeader.Area];
        var number = _nextSegment;
        var checksum = new SegmentHeader(number, salt, nextId).Write(area);
        _reserve!.Write(0, area);
        Sync(_reserve);
        Fatal(() =>
        {
            disk.Rename(SegmentName.Next, SegmentName.Of(number));
            disk.SyncDirectory();
        });

        var segment = new Segment(number, SegmentName.Of(number), _reserve) { Length = SegmentHeader.Area, FileOctets = _reserveOctets };
        _reserve = null;
        _nextSegment++;
        lock (records.Gate)
            records.Join(segment);
        Active = segment;
        _end = _runEnd = _written = SegmentHeader.Area;
        _chain = _runChain = checksum;
        _isMarked = true; // Nothing stands here yet.
    }

    /// <summary>Does what cannot be done again when it fails.</summary>
    /// <exception cref="JournalException">It failed.</exception>
    internal static void Fatal(Action action)
    {
        try
        {
            action();
        }
        catch (DiskException e)
        {
            throw new JournalException(e.Message, e);
        }
    }

    // Octets that were written before are synced without a commit of the file system's own journal. Large runs do not need that.
    private void WriteZeros()
    {
        if (_runEnd <= _written || options.ZeroAheadOctets == 0 || _runEnd - _end > options.ZeroAheadOctets / SmallRunShare)
            return;
        var count = (int)Math.Min(options.ZeroAheadOctets, Active!.FileOctets - _runEnd);
        _zeros ??= new byte[options.ZeroAheadOctets];
        Active.File.Write(_runEnd, _zeros.AsSpan(0, count));
        _written = _runEnd + count;
    }
}

/// <summary>Neighbouring batches of one group that are written together, and the offset of the first.</summary>
internal readonly record struct Run(Group Group, int First, int Last, long Offset)
{
    public ReadOnlySpan<byte> Octets => Group.Octets[Group.Batches[First].Start..Group.Batches[Last].End];
}
