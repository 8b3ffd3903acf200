namespace Warren.Store;

/// <summary>Where each live id stands. Ids come in dense runs, so they are kept by chunks; a chunk without a live id is given back.</summary>
internal sealed class PlaceIndex
{
    private readonly Dictionary<ulong, PlaceChunk> _chunks = [];
    private PlaceChunk? _latest;
    private ulong _latestNumber;

    /// <summary>How many ids live.</summary>
    public long Count { get; private set; }

    public Place Get(ulong id) => Find(id / PlaceChunk.Ids)?.Get((byte)id) ?? default;

    /// <summary>Sets a place, or with one that is nowhere takes it away. Returns the one before.</summary>
    public Place Exchange(ulong id, in Place place)
    {
        var number = id / PlaceChunk.Ids;
        var chunk = Find(number);
        if (chunk is null)
        {
            if (place.IsNowhere)
                return default;
            _chunks.Add(number, chunk = new PlaceChunk());
            (_latest, _latestNumber) = (chunk, number);
        }
        var before = chunk.Exchange((byte)id, place);
        Count += (place.IsNowhere ? 0 : 1) - (before.IsNowhere ? 0 : 1);
        if (chunk.Count == 0)
        {
            _chunks.Remove(number);
            _latest = null;
        }
        return before;
    }

    /// <summary>Every live id, ascending.</summary>
    public IEnumerable<(ulong Id, Place Place)> InOrder()
    {
        foreach (var number in _chunks.Keys.Order().ToList())
        {
            foreach (var (key, place) in _chunks[number].InOrder())
                yield return ((number * PlaceChunk.Ids) + key, place);
        }
    }

    private PlaceChunk? Find(ulong number)
    {
        if (_latest is not null && _latestNumber == number)
            return _latest;
        if (!_chunks.TryGetValue(number, out var chunk))
            return null;
        (_latest, _latestNumber) = (chunk, number);
        return chunk;
    }
}
