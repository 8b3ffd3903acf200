namespace Warren.Store;

/// <summary>
/// The places of up to 256 neighbouring ids that all stand in one segment, as those of nearly every long run do: 4 octets for each while their records have one length, else 6. Only records
/// of less than 64 KiB.
/// </summary>
internal sealed class SegmentPlaces(int slot, int length)
{
    private readonly uint[] _offsets = new uint[PlaceChunk.Ids]; // 0 is nowhere: there a segment has its header.
    private ushort[]? _lengths; // Null while all are the same.

    public Place this[int key]
    {
        get => _offsets[key] is > 0 and var offset ? new Place(slot, offset, _lengths?[key] ?? length) : default;
        set
        {
            _offsets[key] = value.Offset;
            if (!value.IsNowhere && (_lengths is not null || value.Length != length))
                SetLength(key, (ushort)value.Length);
        }
    }

    /// <summary>True for a place that can stand among them.</summary>
    public bool Takes(in Place place) => place.IsNowhere || (place.Slot == slot && (place.Length == length || Math.Max(place.Length, length) <= ushort.MaxValue));

    private void SetLength(int key, ushort other)
    {
        if (_lengths is null)
        {
            _lengths = new ushort[PlaceChunk.Ids];
            _lengths.AsSpan().Fill((ushort)length);
        }
        _lengths[key] = other;
    }
}
