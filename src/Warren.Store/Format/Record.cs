using System.Buffers.Binary;

namespace Warren.Store;

/// <summary>What a record does.</summary>
internal enum RecordType : byte
{
    /// <summary>A new id with its contents.</summary>
    Add = 1,

    /// <summary>Other contents for an id that lives.</summary>
    Replace = 2,

    /// <summary>The end of an id.</summary>
    Remove = 3,
}

/// <summary>A record in its batch: a view of the octets.</summary>
/// <remarks>
/// <code>
///   0     4      5      6    14            18            22
/// +-----+------+------+----+-------------+-------------+------+------+
/// | crc | type | kind | id | head octets | body octets | head | body |      Remove ends behind the id.
/// +-----+------+------+----+-------------+-------------+------+------+
/// </code>
/// The checksum is over all that follows it: a record can be read and checked without its batch.
/// </remarks>
internal readonly ref struct Record
{
    public const int RemoveOctets = 14;
    public const int HeadOffset = 22;

    private Record(ReadOnlySpan<byte> octets, int headOctets)
    {
        Octets = octets;
        HeadOctets = headOctets;
    }

    /// <summary>The whole record.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    public RecordType Type => (RecordType)Octets[4];

    /// <summary>The owner's octet, of which the store knows nothing.</summary>
    public byte Kind => Octets[5];

    public ulong Id => BinaryPrimitives.ReadUInt64LittleEndian(Octets[6..]);

    public bool IsRemove => Type == RecordType.Remove;

    public int HeadOctets { get; }

    public ReadOnlySpan<byte> Head => IsRemove ? default : Octets.Slice(HeadOffset, HeadOctets);

    public ReadOnlySpan<byte> Body => IsRemove ? default : Octets[(HeadOffset + HeadOctets)..];

    public bool IsIntact => BinaryPrimitives.ReadUInt32LittleEndian(Octets) == Crc32C.Of(Octets[4..]);

    /// <summary>The record that the octets begin with, its checksum not looked at; false when they do not hold a whole one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out Record record)
    {
        record = default;
        if (octets.Length < RemoveOctets)
            return false;
        var type = (RecordType)octets[4];
        if (type == RecordType.Remove)
        {
            record = new Record(octets[..RemoveOctets], 0);
            return true;
        }
        if (type is not (RecordType.Add or RecordType.Replace) || octets.Length < HeadOffset)
            return false;
        var head = BinaryPrimitives.ReadUInt32LittleEndian(octets[14..]);
        var body = BinaryPrimitives.ReadUInt32LittleEndian(octets[18..]);
        if ((ulong)head + body > (ulong)(octets.Length - HeadOffset))
            return false;
        record = new Record(octets[..(HeadOffset + (int)head + (int)body)], (int)head);
        return true;
    }

    public static void WritePut(Span<byte> octets, RecordType type, byte kind, ulong id, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        octets[4] = (byte)type;
        octets[5] = kind;
        BinaryPrimitives.WriteUInt64LittleEndian(octets[6..], id);
        BinaryPrimitives.WriteInt32LittleEndian(octets[14..], head.Length);
        BinaryPrimitives.WriteInt32LittleEndian(octets[18..], body.Length);
        head.CopyTo(octets[HeadOffset..]);
        body.CopyTo(octets[(HeadOffset + head.Length)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(octets, Crc32C.Of(octets[4..]));
    }

    public static void WriteRemove(Span<byte> octets, ulong id)
    {
        octets[4] = (byte)RecordType.Remove;
        octets[5] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(octets[6..], id);
        BinaryPrimitives.WriteUInt32LittleEndian(octets, Crc32C.Of(octets[4..RemoveOctets]));
    }
}
