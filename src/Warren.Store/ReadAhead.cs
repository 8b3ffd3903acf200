namespace Warren.Store;

/// <summary>
/// Reads records that mostly lie one behind the other: what one reading of the disk brings is used for all of them. For one thread at a time, and for records that are on disk. It takes
/// so many octets of memory for as long as it lives.
/// </summary>
/// <param name="octets">How many octets are read at once, above 0.</param>
public sealed class ReadAhead(int octets)
{
    private byte[]? _octets;
    private Segment? _segment; // Whose octets those are; no other segment is ever the same object.
    private long _offset;
    private int _length;

    /// <summary>How often the disk was read.</summary>
    public long Reads { get; private set; }

    /// <summary>Fills the room with what the segment holds at the offset, as far as that was read before or can be read now.</summary>
    /// <returns>False when the record has to be read by itself.</returns>
    internal bool TryFill(Segment segment, long offset, Span<byte> room)
    {
        if (room.Length > octets)
            return false;
        if (!Holds(segment, offset, room.Length) && !TryRead(segment, offset, room.Length))
            return false;
        _octets.AsSpan((int)(offset - _offset), room.Length).CopyTo(room);
        return true;
    }

    /// <summary>Forgets what was read: it was not what the segment holds by now.</summary>
    internal void Forget() => _segment = null;

    private bool Holds(Segment segment, long offset, int length) => segment == _segment && offset >= _offset && offset + length <= _offset + _length;

    private bool TryRead(Segment segment, long offset, int length)
    {
        _octets ??= GC.AllocateUninitializedArray<byte>(octets);
        _segment = null;
        try
        {
            Reads++;
            (_length, _offset) = (segment.File.Read(offset, _octets), offset);
        }
        catch (DiskException)
        {
            return false; // It may be a neighbour's octets that the disk does not give.
        }
        _segment = segment;
        return _length >= length;
    }
}
