namespace Warren.Store;

/// <summary>
/// The work of the journal's writer, without a thread: each <see cref="RunOnce"/> takes what has been sealed, writes and syncs it, reports it persisted, and does
/// a bounded portion of compaction along with it. For one thread at a time: a <see cref="JournalThread"/>, or a test's own.
/// </summary>
public sealed class JournalWriter
{
    private const int CompactionPerOctet = 4;
    private const int LoneRecords = 2;
    private const int LeastCopyBatch = 4 << 10; // Else copies of small batches could be as long as what they are made of, and copying would never come to an end.

    private readonly AppendBuffer _buffer;
    private readonly LiveRecords _records;
    private readonly LogTail _tail;
    private readonly Compactor _compactor;
    private readonly IJournalOwner _owner;
    private readonly JournalOptions _options;
    private readonly Group _copies;
    private readonly Func<ulong> _nextId;
    private Group? _steps; // Taken and not all written.
    private int _nextStep; // Of its batches, the first not on disk.
    private int _nextCopy;
    private bool _isFull; // The owner was told.
    private Exception? _failure;

    internal JournalWriter(IDisk disk, JournalOptions options, RecoveredJournal recovered, AppendBuffer buffer, IJournalOwner owner, Func<ulong> nextId)
    {
        _buffer = buffer;
        _records = recovered.Records;
        _owner = owner;
        _options = options;
        _nextId = nextId;
        _copies = new Group(BatchKind.Copies, Math.Max(options.BatchOctets, LeastCopyBatch));
        _tail = new LogTail(disk, options, _records, recovered.Salt, recovered.NextSegment);
        _compactor = new Compactor(disk, options, _records, recovered.Salt, owner, _tail);
    }

    /// <summary>Why the journal failed, for as long as this process lives; null when it did not.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>The disk has no room: <see cref="RunOnce"/> is to be called again after a while, though nothing was sealed.</summary>
    public bool WaitsForRoom => Volatile.Read(ref _isFull);

    /// <summary>Octets that the segments and the reserve take on disk. For the writer's thread.</summary>
    public long DiskOctets => _records.Segments.Sum(segment => segment.FileOctets) + _tail.ReserveOctets;

    /// <summary>Does what there is to do now. False when there is nothing more to do until something is sealed, or there is room on the disk.</summary>
    public bool RunOnce()
    {
        if (_failure is not null)
            return false;
        try
        {
            var worked = Work();
            TellRoom();
            return worked;
        }
        catch (DiskException e) when (e.MayPass)
        {
            TellFull(e);
            return TryToFree();
        }
        catch (Exception e) when (e is DiskException or JournalException)
        {
            Fail(e);
            return false;
        }
    }

    /// <summary>Makes the first segment and the reserve ahead of the first append. A disk without room is told to the owner.</summary>
    public void Prepare()
    {
        if (_tail.Active is null && _failure is null)
            _ = RunOnce();
    }

    /// <summary>Writes what is sealed and closes the active segment, so that the next start has nothing to repair.</summary>
    internal void Close()
    {
        while (_buffer.Octets > 0 && RunOnce())
        {
        }
        if (_failure is not null || _steps is not null)
            return; // Nothing more may be written, or there is no room: what is on disk stays as it is.
        try
        {
            _tail.CloseActive();
            _tail.DropReserve();
        }
        catch (Exception e) when (e is DiskException or JournalException)
        {
            Fail(e);
        }
    }

    /// <summary>Ends the journal: nothing is written any more, and the owner is told why.</summary>
    internal void Fail(Exception reason)
    {
        if (reason is JournalException { InnerException: { } inner })
            reason = inner;
        Volatile.Write(ref _failure, reason);
        _buffer.Close();
        _owner.Failed(reason);
    }

    internal bool IsFilled => _buffer.IsFilled;

    /// <summary>True when what was written last was a message or two: somebody who sends one when the one before is on disk.</summary>
    internal bool LastWasLone { get; private set; }

    internal bool TryWait() => _buffer.TryWait();

    internal Action? Filled
    {
        set => _buffer.Filled = value;
    }

    // A segment that the next batch does not fit into would be closed at once; on a disk without room for a larger one that would go round for ever.
    private int NextOctets => _nextCopy < _copies.Batches.Count ? _copies.Batches[_nextCopy].TotalOctets
        : _steps is not null && _nextStep < _steps.Batches.Count ? _steps.Batches[_nextStep].TotalOctets
        : 0;

    private bool Work()
    {
        var worked = _copies.IsEmpty && _compactor.Finish();
        if (_steps is null)
        {
            _steps = _buffer.Take();
            _nextStep = 0;
            if (_steps is not null)
                LastWasLone = _steps.Batches is [{ Records: <= LoneRecords }];
        }
        if (_tail.Active is null)
            _tail.Roll(NextOctets, _nextId());

        // Copies first: what a step removes or replaces now comes after its copy.
        worked |= _copies.IsEmpty && _compactor.Fill(_copies, _options.CompactionOctets + ((_steps?.Length ?? 0) * (long)CompactionPerOctet), _tail.Active);
        Collect(_copies, ref _nextCopy);
        if (_steps is not null)
            Collect(_steps, ref _nextStep);
        Flush();

        worked |= _steps is not null;
        EndGroups();
        worked |= _compactor.Finish();
        if (!worked || _tail.Used > _options.SegmentOctets / 2)
            worked |= MakeReserve();
        return worked;
    }

    private void Collect(Group group, ref int next)
    {
        var collected = 0;
        while (next + collected < group.Batches.Count)
        {
            var octets = group.Batches[next + collected].TotalOctets;
            if (!_tail.HasRoomFor(octets))
            {
                Flush();
                collected = 0;
                _tail.Roll(octets, _nextId());
            }
            _tail.Add(group, next + collected++);
        }
    }

    private void Flush()
    {
        if (!_tail.HasRun)
            return;
        var runs = _tail.Flush();
        foreach (var run in runs)
        {
            if (run.Group == _steps)
                _owner.Persisted(run.Group.Batches[run.Last].Position); // First of all: somebody waits for it.
        }
        foreach (var run in runs)
            Apply(run);
        _tail.ForgetRun();
    }

    private void Apply(in Run run)
    {
        var offset = run.Offset;
        for (var i = run.First; i <= run.Last; i++)
        {
            var mark = run.Group.Batches[i];
            Apply(run.Group.Octets[(mark.Start + BatchHeader.Length)..mark.End], offset + mark.TotalOctets);
            offset += mark.TotalOctets;
        }
        if (run.Group == _copies)
        {
            _nextCopy = run.Last + 1;
            _compactor.Copied(_tail.Active!);
        }
        else
        {
            _nextStep = run.Last + 1;
        }
    }

    private void Apply(ReadOnlySpan<byte> rest, long end)
    {
        lock (_records.Gate)
        {
            while (Record.TryRead(rest, out var record))
            {
                _records.Take(record, _tail.Active!, end - rest.Length);
                rest = rest[record.Octets.Length..];
            }
        }
    }

    private void EndGroups()
    {
        _copies.Clear();
        _nextCopy = 0;
        if (_steps is null)
            return;
        var group = _steps;
        _steps = null;
        if (_buffer.GiveBack(group))
            _owner.HasRoom();
    }

    // Only as far as the bound for the disk allows: 2 x live octets + 2 segments, this one included; and a little less, because what lives may become less.
    private bool WantsReserve => !_tail.HasReserve && DiskOctets <= (_records.LiveOctets / 4 * 7) + _options.SegmentOctets;

    private bool MakeReserve()
    {
        if (!WantsReserve)
            return false;
        try
        {
            _tail.PrepareReserve(_options.SegmentOctets);
        }
        catch (DiskException e) when (e.IsFull)
        {
            TellFull(e);
            return false;
        }
        catch (DiskException e) when (e.IsOutOfDescriptors)
        {
            return false; // Nothing waits for it yet.
        }
        return true;
    }

    // Deleting needs no room, on most file systems; on others it has to wait as well.
    private bool TryToFree()
    {
        try
        {
            return _compactor.DeleteUnneeded(_tail.Active);
        }
        catch (DiskException e) when (e.MayPass)
        {
            return false;
        }
        catch (Exception e) when (e is DiskException or JournalException)
        {
            Fail(e);
            return false;
        }
    }

    private void TellFull(DiskException reason)
    {
        _tail.ForgetRun();
        if (_isFull)
            return;
        Volatile.Write(ref _isFull, true);
        _owner.DiskFull(reason);
    }

    // All that was sealed is written, and the next segment has its room, or is to have none.
    private void TellRoom()
    {
        if (!_isFull || WantsReserve)
            return;
        Volatile.Write(ref _isFull, false);
        _owner.DiskHasRoom();
    }
}
