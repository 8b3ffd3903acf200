namespace Warren.Store;

/// <summary>
/// The places of 256 neighbouring ids. As long as few of them live it is a short list; with many it is a plain array, so that a dense run of ids takes 12 octets
/// for each, and a lone one not much more than that.
/// </summary>
internal sealed class PlaceChunk
{
    public const int Ids = 256;

    private const int MostInList = 64;
    private const int FewestInArray = 16;
    private const int SmallestList = 4;

    private Place[] _places = new Place[SmallestList];
    private byte[]? _keys = new byte[SmallestList]; // Null: an array, indexed by key.

    /// <summary>How many ids have a place.</summary>
    public int Count { get; private set; }

    public Place Get(byte key)
    {
        if (_keys is null)
            return _places[key];
        var at = _keys.AsSpan(0, Count).IndexOf(key);
        return at < 0 ? default : _places[at];
    }

    /// <summary>Sets a place, or with one that is nowhere takes it away. Returns the one before.</summary>
    public Place Exchange(byte key, in Place place) => _keys is null ? ExchangeInArray(key, place) : ExchangeInList(key, place);

    /// <summary>The keys that have a place, in ascending order.</summary>
    public IEnumerable<(byte Key, Place Place)> InOrder()
    {
        for (var key = 0; key < Ids; key++)
        {
            var place = Get((byte)key);
            if (!place.IsNowhere)
                yield return ((byte)key, place);
        }
    }

    private Place ExchangeInArray(byte key, in Place place)
    {
        var before = _places[key];
        _places[key] = place;
        Count += (place.IsNowhere ? 0 : 1) - (before.IsNowhere ? 0 : 1);
        if (Count < FewestInArray)
            MakeList();
        return before;
    }

    private Place ExchangeInList(byte key, in Place place)
    {
        var at = _keys.AsSpan(0, Count).IndexOf(key);
        if (at < 0)
        {
            if (!place.IsNowhere)
                Append(key, place);
            return default;
        }
        var before = _places[at];
        if (!place.IsNowhere)
        {
            _places[at] = place;
            return before;
        }
        Count--;
        _keys![at] = _keys[Count];
        _places[at] = _places[Count];
        return before;
    }

    private void Append(byte key, in Place place)
    {
        if (Count == MostInList)
        {
            MakeArray();
            _ = ExchangeInArray(key, place);
            return;
        }
        if (Count == _places.Length)
        {
            Array.Resize(ref _places, Count * 2);
            Array.Resize(ref _keys, Count * 2);
        }
        _keys![Count] = key;
        _places[Count++] = place;
    }

    private void MakeArray()
    {
        var places = new Place[Ids];
        for (var i = 0; i < Count; i++)
            places[_keys![i]] = _places[i];
        (_places, _keys) = (places, null);
    }

    private void MakeList()
    {
        var (places, keys) = (new Place[FewestInArray], new byte[FewestInArray]);
        var count = 0;
        for (var key = 0; key < Ids; key++)
        {
            if (_places[key].IsNowhere)
                continue;
            keys[count] = (byte)key;
            places[count++] = _places[key];
        }
        (_places, _keys) = (places, keys);
    }
}
