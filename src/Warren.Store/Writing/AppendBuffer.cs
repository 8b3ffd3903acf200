namespace Warren.Store;

/// <summary>
/// What the stepping thread has appended and the writer has not taken yet. The lock is taken once when a step begins to append and once when it is sealed; in
/// between the array belongs to the stepping thread alone, and the writer waits for the seal.
/// </summary>
internal sealed class AppendBuffer(JournalOptions options)
{
    private const int LeastGroupOctets = 64 << 10;
    private const int MostGroupOctets = 256 << 20; // A group is one array: with the largest record behind it, it still has less than 2 GiB.

    private readonly Lock _gate = new();
    private readonly int _groupOctets = Math.Clamp(options.BufferOctets, LeastGroupOctets, MostGroupOctets);
    private readonly Queue<Group> _filled = []; // Oldest first; only when the disk is slow and the owner appends all the same.
    private Group _open = new(BatchKind.Steps, options.BatchOctets);
    private Group? _taken; // The writer has it.
    private Group? _spare = new(BatchKind.Steps, options.BatchOctets);
    private long _filledOctets;
    private bool _inStep; // The stepping thread is between its first append and the seal.
    private bool _wasFull;
    private bool _writerWaits;
    private bool _isClosed;
    private bool _isFilled; // Read by a spinning writer without the lock.

    /// <summary>Called, by the stepping thread, when there is something to take for a writer that waits.</summary>
    public Action? Filled { get; set; }

    /// <summary>True when a look by <see cref="Take"/> is worth it; asked while the writer spins.</summary>
    public bool IsFilled => Volatile.Read(ref _isFilled);

    /// <summary>True when so much waits that the owner should append no more than it must. When it was, the owner is told when it no longer is.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
                return _wasFull = Waiting >= options.BufferOctets;
        }
    }

    /// <summary>Octets that wait for the disk.</summary>
    public long Octets
    {
        get
        {
            lock (_gate)
                return Waiting;
        }
    }

    private long Waiting => (_taken?.Length ?? 0) + _filledOctets + _open.Length;

    public Span<byte> Reserve(int count, ulong id)
    {
        if (!_inStep)
            BeginStep();
        return _open.Reserve(count, id);
    }

    public void Seal(long position)
    {
        if (!_inStep)
            return;
        bool wake;
        lock (_gate)
        {
            _open.Seal(position);
            _inStep = false;
            if (_isClosed)
                _open.Clear(); // A failed journal writes nothing, and memory stays as it is.
            if (_open.Length >= _groupOctets)
                PutAside();
            _isFilled = HasSealed;
            wake = _writerWaits;
            _writerWaits = false;
        }
        if (wake)
            Filled?.Invoke();
    }

    /// <summary>The writer takes what is sealed; null when there is nothing, or when a step is under way.</summary>
    public Group? Take()
    {
        lock (_gate)
        {
            if (!HasSealed)
                return null;
            if (_filled.Count == 0)
                PutAside();
            _taken = _filled.Dequeue();
            _filledOctets -= _taken.Length;
            _isFilled = HasSealed;
            return _taken;
        }
    }

    /// <summary>Says that the writer is about to sleep, and wants to be woken by <see cref="Filled"/>; false when there is something to take now.</summary>
    public bool TryWait()
    {
        lock (_gate)
            return _writerWaits = !HasSealed;
    }

    /// <summary>The writer has written what it took. True when the owner is to be told that there is room.</summary>
    public bool GiveBack(Group group)
    {
        lock (_gate)
        {
            group.Clear();
            (_taken, _spare) = (null, group);
            if (!_wasFull || Waiting >= options.BufferOctets)
                return false;
            _wasFull = false;
            return true;
        }
    }

    /// <summary>Finds the latest sealed contents of an id that are not on disk yet, and copies them.</summary>
    public bool TryFind(ulong id, RecordBuffer into)
    {
        lock (_gate)
        {
            foreach (var group in NewestFirst())
            {
                if (!group.TryFind(id, out var record))
                    continue;
                into.Set(record);
                return true;
            }
            return false;
        }
    }

    /// <summary>From now on what is appended is dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _isFilled = false;
            _filled.Clear();
            _filledOctets = 0;
            if (!_inStep)
                _open.Clear();
        }
    }

    private bool HasSealed => _filled.Count > 0 || (!_inStep && !_open.IsEmpty);

    private void PutAside()
    {
        _open.EndBatch();
        _filled.Enqueue(_open);
        _filledOctets += _open.Length;
        _open = _spare ?? new Group(BatchKind.Steps, options.BatchOctets);
        _spare = null;
    }

    private IEnumerable<Group> NewestFirst()
    {
        yield return _open;
        foreach (var group in _filled.Reverse())
            yield return group;
        if (_taken is not null)
            yield return _taken;
    }

    private void BeginStep()
    {
        lock (_gate)
            _inStep = true;
    }
}
