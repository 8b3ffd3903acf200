namespace Warren.Store;

/// <summary>A record that was read: its octets, in an array that the next reading uses again. For one thread at a time.</summary>
public sealed class RecordBuffer
{
    private byte[] _octets = [];
    private int _length;
    private int _headOctets;

    /// <summary>The owner's octet.</summary>
    public byte Kind { get; private set; }

    /// <summary>The first part of the contents; valid until the next reading.</summary>
    public ReadOnlyMemory<byte> Head => _octets.AsMemory(Record.HeadOffset, _headOctets);

    /// <summary>The second part of the contents; valid until the next reading.</summary>
    public ReadOnlyMemory<byte> Body => _octets.AsMemory(Record.HeadOffset + _headOctets, _length - Record.HeadOffset - _headOctets);

    /// <summary>Both parts, one after the other; valid until the next reading.</summary>
    public ReadOnlyMemory<byte> Contents => _octets.AsMemory(Record.HeadOffset, _length - Record.HeadOffset);

    internal Span<byte> Room(int octets)
    {
        if (_octets.Length < octets)
            _octets = GC.AllocateUninitializedArray<byte>(octets);
        _length = octets;
        return _octets.AsSpan(0, octets);
    }

    /// <summary>Looks at what was read into the room; false when it is not a whole record of this id with contents.</summary>
    internal bool TryAccept(ulong id)
    {
        if (!Record.TryRead(_octets.AsSpan(0, _length), out var record) || record.Octets.Length != _length || !record.IsIntact || record.Id != id || record.IsRemove)
            return false;
        Kind = record.Kind;
        _headOctets = record.HeadOctets;
        return true;
    }

    internal void Set(in Record record)
    {
        record.Octets.CopyTo(Room(record.Octets.Length));
        Kind = record.Kind;
        _headOctets = record.HeadOctets;
    }
}
