namespace Warren.Store;

/// <summary>
/// The places of 256 neighbouring ids. As long as few of them live it is a short list, so that a lone one takes not much more than 12 octets; with many it is an array indexed by key:
/// <see cref="SegmentPlaces"/> as long as that can be, else one with 12 octets for each.
/// </summary>
internal sealed class PlaceChunk
{
    public const int Ids = 256;

    private const int MostInList = 64;
    private const int FewestInArray = 16;
    private const int SmallestList = 4;

    private Place[] _places = new Place[SmallestList];
    private byte[]? _keys = new byte[SmallestList]; // Null: an array, indexed by key.
    private SegmentPlaces? _together; // Null: the array is _places.

    /// <summary>How many ids have a place.</summary>
    public int Count { get; private set; }

    public Place Get(byte key)
    {
        if (_keys is null)
            return At(key);
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
        var before = At(key);
        Set(key, place);
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
        var (places, keys) = (_places, _keys!);
        _together = new SegmentPlaces(places[0].Slot, places[0].Length);
        (_places, _keys) = ([], null);
        for (var i = 0; i < Count; i++)
            Set(keys[i], places[i]);
    }

    private Place At(int key) => _together is not null ? _together[key] : _places[key];

    private void Set(int key, in Place place)
    {
        if (_together?.Takes(place) == false)
            MakeApart();
        if (_together is not null)
            _together[key] = place;
        else
            _places[key] = place;
    }

    private void MakeApart()
    {
        _places = new Place[Ids];
        for (var key = 0; key < Ids; key++)
            _places[key] = _together![key];
        _together = null;
    }

    private void MakeList()
    {
        var (places, keys) = (new Place[FewestInArray], new byte[FewestInArray]);
        var count = 0;
        for (var key = 0; key < Ids; key++)
        {
            var place = At(key);
            if (place.IsNowhere)
                continue;
            keys[count] = (byte)key;
            places[count++] = place;
        }
        (_places, _keys, _together) = (places, keys, null);
    }
}
