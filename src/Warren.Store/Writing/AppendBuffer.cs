namespace Warren.Store;

/// <summary>
/// What the stepping thread has appended and the writer has not taken yet. The lock is taken once when a step begins to append and once when it is sealed; in
/// between the array belongs to the stepping thread alone, and the writer waits for the seal.
/// </summary>
internal sealed class AppendBuffer(JournalOptions options)
{
    private readonly Lock _gate = new();
    private Group _open = new(BatchKind.Steps, options.BatchOctets);
    private Group _spare = new(BatchKind.Steps, options.BatchOctets);
    private bool _inStep; // The stepping thread is between its first append and the seal.
    private bool _wasFull;
    private long _taken; // Octets that the writer has taken and not written.
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
                return _wasFull = _taken + _open.Length >= options.BufferOctets;
        }
    }

    /// <summary>Octets that wait for the disk.</summary>
    public long Octets
    {
        get
        {
            lock (_gate)
                return _taken + _open.Length;
        }
    }

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
            _isFilled = !_open.IsEmpty;
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
            if (_inStep || _open.IsEmpty)
                return null;
            var group = _open;
            group.EndBatch();
            (_open, _spare) = (_spare, group);
            _taken = group.Length;
            _isFilled = false;
            return group;
        }
    }

    /// <summary>Says that the writer is about to sleep, and wants to be woken by <see cref="Filled"/>; false when there is something to take now.</summary>
    public bool TryWait()
    {
        lock (_gate)
            return _writerWaits = _inStep || _open.IsEmpty;
    }

    /// <summary>The writer has written what it took. True when the owner is to be told that there is room.</summary>
    public bool GiveBack(Group group)
    {
        lock (_gate)
        {
            group.Clear();
            _taken = 0;
            if (!_wasFull || _open.Length >= options.BufferOctets)
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
            if (_open.TryFind(id, out var record))
            {
                into.Set(record);
                return true;
            }
            if (_spare.IsEmpty || !_spare.TryFind(id, out record))
                return false;
            into.Set(record);
            return true;
        }
    }

    /// <summary>From now on what is appended is dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _isFilled = false;
            if (!_inStep)
                _open.Clear();
        }
    }

    private void BeginStep()
    {
        lock (_gate)
            _inStep = true;
    }
}
