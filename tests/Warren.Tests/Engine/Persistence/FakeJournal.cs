using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>A journal in memory that can crash: what was appended is a list, and a crash keeps what stands before the end of some batch.</summary>
internal sealed class FakeJournal : IJournal
{
    private readonly List<(ulong Id, RecordKind? Kind, byte[] Octets)> _log = [];
    private readonly SortedDictionary<ulong, (RecordKind Kind, byte[] Octets)> _live = [];
    private readonly List<int> _seals = [0];
    private readonly int _start;
    private readonly Dictionary<ulong, int> _addedAt = [];
    private ulong _lastId;

    public FakeJournal()
    {
    }

    private FakeJournal(FakeJournal old, int end)
    {
        foreach (var (id, kind, octets) in old._log.Take(end))
            Append(id, kind, octets);
        _start = end;
        Persisted = end;
        _seals.Add(end);
        _lastId = old._lastId; // Never given twice, also not after a crash.
    }

    public long Position => _log.Count;

    public long NextPosition => _log.Count + 1;

    /// <summary>True when what is added is refused from now on.</summary>
    public bool Refuses { get; set; }

    /// <summary>What was on disk when it was opened.</summary>
    public long Start => _start;

    public IReadOnlyDictionary<ulong, (RecordKind Kind, byte[] Octets)> Live => _live;

    /// <summary>Where batches have ended since it was opened.</summary>
    public IEnumerable<int> Seals => _seals.Where(seal => seal >= _start);

    /// <summary>How many records were ever added.</summary>
    public int Added { get; private set; }

    /// <summary>The octets of everything that was appended.</summary>
    public long AppendedOctets => _log.Sum(static one => (long)one.Octets.Length);

    public ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (Refuses)
            throw new OverflowException("No room for it.");
        Added++;
        Append(++_lastId, kind, [.. head, .. body]);
        return _lastId;
    }

    public void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Assert.True(_live.ContainsKey(id), $"Record {id} is replaced, and does not live.");
        Append(id, kind, [.. head, .. body]);
    }

    public void Remove(ulong id)
    {
        Assert.True(_live.ContainsKey(id), $"Record {id} is removed, and does not live.");
        Append(id, null, []);
    }

    /// <summary>How far it is on disk.</summary>
    public long Persisted { get; set; }

    /// <summary>How often a record was read again.</summary>
    public int Reads { get; private set; }

    /// <summary>Records that the disk does not give back.</summary>
    public HashSet<ulong> Unreadable { get; } = [];

    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets)
    {
        Reads++;
        Assert.True(_live.ContainsKey(id), $"Record {id} is read, and does not live.");
        Assert.True(_addedAt[id] < Persisted, $"Record {id} is read, and is not on disk.");
        octets = _live[id].Octets;
        return !Unreadable.Contains(id);
    }

    /// <summary>A batch ends here.
    public void Seal()
    {
        if (_seals[^1] != _log.Count)
            _seals.Add(_log.Count);
    }

    /// <summary>The journal as it is found after a crash, of which so much was on disk: the end of a batch.</summary>
    public FakeJournal Crash(long persisted)
    {
        Assert.Contains((int)persisted, _seals);
        return new FakeJournal(this, (int)persisted);
    }

    /// <summary>A record is lost by damage; the engine does not hear of it.</summary>
    public void Lose(ulong id) => Append(id, null, []);

    /// <summary>A record has other octets by damage that nobody has noticed.</summary>
    public void Spoil(ulong id, RecordKind kind, byte[] octets) => Append(id, kind, octets);

    private void Append(ulong id, RecordKind? kind, byte[] octets)
    {
        _addedAt.TryAdd(id, _log.Count);
        _log.Add((id, kind, octets));
        if (kind is { } known)
            _live[id] = (known, octets);
        else
            _live.Remove(id);
    }
}
