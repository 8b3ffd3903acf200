namespace Warren.Store;

/// <summary>
/// Batches on their way to the disk, one behind the other in one array, each with room for its header. Filled by one thread and written by another, never at
/// the same time.
/// </summary>
internal sealed class Group(BatchKind kind, int batchOctets)
{
    private const int FirstOctets = 64 << 10;
    private const int MostOctetsKept = 4 << 20;

    private readonly List<BatchMark> _batches = [];
    private byte[] _octets = [];
    private int _batchStart = -1; // Of the batch that records go to; -1 when none is begun.
    private int _records;
    private ulong _firstId;
    private int _sealed; // Where the last whole step ends.
    private long _position;

    public BatchKind Kind { get; } = kind;

    public int Length { get; private set; }

    public bool IsEmpty => Length == 0;

    /// <summary>The batches; all of them only after <see cref="EndBatch"/>.</summary>
    public IReadOnlyList<BatchMark> Batches => _batches;

    public Span<byte> Octets => _octets.AsSpan(0, Length);

    /// <summary>Room for a record.</summary>
    public Span<byte> Reserve(int count, ulong id)
    {
        if (_batchStart < 0)
        {
            _batchStart = Length;
            (_records, _firstId) = (0, id);
            _ = Grow(BatchHeader.Length);
        }
        _records++;
        return Grow(count);
    }

    /// <summary>What was appended so far is whole; a batch may end here, and does when it has its size.</summary>
    public void Seal(long position)
    {
        _sealed = Length;
        _position = position;
        if (_batchStart >= 0 && Length - _batchStart >= batchOctets)
            EndBatch();
    }

    /// <summary>Ends the batch that is under way, if any.</summary>
    public void EndBatch()
    {
        if (_batchStart < 0)
            return;
        _batches.Add(new BatchMark(_batchStart, Length, _records, _firstId, _position));
        _batchStart = -1;
    }

    /// <summary>Finds the latest contents of an id among the sealed records; false when there are none.</summary>
    public bool TryFind(ulong id, out Record found)
    {
        found = default;
        var isFound = false;
        foreach (var batch in _batches)
            isFound = FindIn(batch.Start, batch.End, id, ref found) || isFound;
        if (_batchStart >= 0)
            isFound = FindIn(_batchStart, _sealed, id, ref found) || isFound;
        return isFound && !found.IsRemove;
    }

    public void Clear()
    {
        _batches.Clear();
        Length = _sealed = 0;
        _batchStart = -1;
        if (_octets.Length > MostOctetsKept)
            _octets = [];
    }

    private bool FindIn(int start, int end, ulong id, ref Record found)
    {
        var isFound = false;
        for (var at = start + BatchHeader.Length; at < end && Record.TryRead(_octets.AsSpan(at, end - at), out var record); at += record.Octets.Length)
        {
            if (record.Id != id)
                continue;
            found = record;
            isFound = true;
        }
        return isFound;
    }

    private Span<byte> Grow(int count)
    {
        var start = Length;
        var length = checked(start + count);
        if (length > _octets.Length)
            Array.Resize(ref _octets, (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(FirstOctets, _octets.Length * 2L), length)));
        Length = length;
        return _octets.AsSpan(start, count);
    }
}
