using System.Runtime.InteropServices;

namespace Warren.Engine;

/// <summary>The bindings of a headers exchange that are found by the same field.</summary>
internal sealed class HeadersBucket
{
    private readonly List<HeadersPlace> _places = [];

    public int Count => _places.Count;

    public ReadOnlySpan<HeadersPlace> Places => CollectionsMarshal.AsSpan(_places);

    public void Add(HeadersMatch match)
    {
        var place = new HeadersPlace(match, this) { Slot = _places.Count };
        _places.Add(place);
        match.Places.Add(place);
    }

    /// <summary>Takes the same short time for one and for 100,000.</summary>
    public void Remove(HeadersPlace place)
    {
        var last = _places[^1];
        _places[place.Slot] = last;
        last.Slot = place.Slot;
        _places.RemoveAt(_places.Count - 1);
    }
}

/// <summary>Where a binding stands in one bucket.</summary>
internal sealed class HeadersPlace(HeadersMatch match, HeadersBucket bucket)
{
    public HeadersMatch Match { get; } = match;

    public HeadersBucket Bucket { get; } = bucket;

    /// <summary>Its index there; owned by <see cref="HeadersBucket"/>.</summary>
    public int Slot { get; set; }
}
