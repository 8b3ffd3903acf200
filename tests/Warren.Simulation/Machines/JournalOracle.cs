namespace Warren.Simulation;

/// <summary>
/// What a journal has to hold: the records that live, and a hash of them at the end of each batch that a crash may still lead back to. What is recovered has to be
/// the records of one of those, whole.
/// </summary>
internal sealed class JournalOracle
{
    private readonly Dictionary<ulong, ulong> _live = [];
    private readonly List<Image> _images = [new Image(0, 0, 0)];
    private readonly HashSet<ulong>? _ever;
    private ulong _lastId;
    private ulong _sum;

    private readonly record struct Image(long Position, ulong Records, ulong State);

    public JournalOracle(bool keepsAll) => _ever = keepsAll ? [] : null;

    public IReadOnlyCollection<ulong> LiveIds => _live.Keys;

    public void Add(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (id <= _lastId && _ever is null) // Damage may take away all that tells.
            throw new ViolationException("store", $"id {id} was given after {_lastId}");
        _lastId = id;
        Put(id, HashOf(id, kind, head, body));
    }

    public void Replace(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (!_live.TryGetValue(id, out var old))
            throw new ViolationException("engine", $"record {id} is replaced and does not live");
        _sum ^= old;
        Put(id, HashOf(id, kind, head, body));
    }

    public void Remove(ulong id)
    {
        if (!_live.Remove(id, out var old))
            throw new ViolationException("engine", $"record {id} is removed and does not live");
        _sum ^= old;
    }

    /// <summary>A batch ends here.</summary>
    public void End(long position, ulong state)
    {
        if (_images[^1].Position == position)
            _images.RemoveAt(_images.Count - 1); // Nothing was appended: only one of the two can be told from outside.
        _images.Add(new Image(position, _sum, state));
    }

    /// <summary>A crash leads no further back than here.</summary>
    public void Persisted(long position)
    {
        while (_ever is null && _images.Count > 1 && _images[1].Position <= position)
            _images.RemoveAt(0);
    }

    /// <summary>Compares what was recovered, and goes on from that.</summary>
    /// <returns>Which batch was the last to be recovered, and the state after it.</returns>
    public (long Position, ulong State) Recover(Dictionary<ulong, ulong> records)
    {
        var sum = 0UL;
        foreach (var hash in records.Values)
            sum ^= hash;
        var found = _images.FindLast(image => image.Records == sum);
        if (found.Records != sum || !_images.Contains(found))
            throw new ViolationException("I9", $"the {records.Count} records that were recovered are those of no batch from position {_images[0].Position} to {_images[^1].Position}; {Differences(records)}");
        GoOn(records, sum);
        return (found.Position, found.State);
    }

    /// <summary>The state that belongs to what was recovered.</summary>
    public void SetState(ulong state) => _images[^1] = _images[^1] with { State = state };

    /// <summary>Compares what was recovered from a damaged disk, which may be less, but never something else.</summary>
    public void RecoverDamaged(Dictionary<ulong, ulong> records, bool isReported)
    {
        var sum = 0UL;
        foreach (var (id, hash) in records)
        {
            sum ^= hash;
            if (!_ever!.Contains(hash))
                throw new ViolationException("I2", $"record {id} was never written like that");
        }
        if (!isReported && !_images.Exists(image => image.Records == sum))
            throw new ViolationException("I14", $"nothing was reported, and what was recovered are the records of no batch; {Differences(records)}");
        GoOn(records, sum);
    }

    public static ulong HashOf(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => Mix.Of(body, Mix.Of(head, Mix.Of(kind, Mix.Of(id, 7))));

    private void GoOn(Dictionary<ulong, ulong> records, ulong sum)
    {
        _live.Clear();
        foreach (var (id, hash) in records)
            _live.Add(id, hash);
        _sum = sum;
        if (_ever is null)
            _images.Clear(); // Damage at the end of the last file cannot be told from a crash before that was written.
        _images.Add(new Image(0, sum, 0));
    }

    private void Put(ulong id, ulong hash)
    {
        _live[id] = hash;
        _sum ^= hash;
        _ever?.Add(hash);
    }

    private string Differences(Dictionary<ulong, ulong> records)
    {
        var missing = _live.Keys.Where(id => !records.ContainsKey(id)).Order().Take(5);
        var strange = records.Keys.Where(id => !_live.ContainsKey(id)).Order().Take(5);
        var other = records.Where(record => _live.TryGetValue(record.Key, out var hash) && hash != record.Value).Select(record => record.Key).Order().Take(5);
        return $"beside the last batch missing: {string.Join(' ', missing)}, too much: {string.Join(' ', strange)}, other: {string.Join(' ', other)}";
    }
}
