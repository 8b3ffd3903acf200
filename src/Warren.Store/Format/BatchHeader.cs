using System.Buffers.Binary;

namespace Warren.Store;

/// <summary>What a batch holds.</summary>
internal enum BatchKind : byte
{
    /// <summary>Whole steps, as they were appended.</summary>
    Steps = 1,

    /// <summary>Records that compaction took from an older segment.</summary>
    Copies = 2,

    /// <summary>Nothing: the segment ends here, on purpose.</summary>
    End = 3,
}

/// <summary>What a batch begins with; its records follow.</summary>
/// <remarks>
/// <code>
///   0       2      3       4        8          12      16         24        28       32
/// +-------+------+-------+--------+----------+-------+----------+---------+--------+
/// |  WJ   | kind | flags | length | previous | count | first id | payload | header |
/// +-------+------+-------+--------+----------+-------+----------+---------+--------+
/// </code>
/// The last two are checksums. That of the header is also over the journal's salt, the segment's number and the batch's offset, none of which is written:
/// a batch in a place that it was not written for, and one that was put into a message by somebody who knows this format, do not match.
/// </remarks>
internal readonly record struct BatchHeader(BatchKind Kind, bool BeginsGroup, int PayloadOctets, uint Previous, int Records, ulong FirstId, uint PayloadChecksum)
{
    public const int Length = 32;

    private const int ChecksumOffset = 28;

    private const byte BeginsGroupFlag = 1;

    /// <summary>The first two octets of every batch.</summary>
    public static ReadOnlySpan<byte> Magic => "WJ"u8;

    /// <summary>Header and records.</summary>
    public int TotalOctets => Length + PayloadOctets;

    /// <summary>Writes the header. Returns its checksum, which the next batch carries as <see cref="Previous"/>.</summary>
    public uint Write(Span<byte> octets, in BatchPlace place)
    {
        Magic.CopyTo(octets);
        octets[2] = (byte)Kind;
        octets[3] = BeginsGroup ? BeginsGroupFlag : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(octets[4..], PayloadOctets);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[8..], Previous);
        BinaryPrimitives.WriteInt32LittleEndian(octets[12..], Records);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[16..], FirstId);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[24..], PayloadChecksum);
        var checksum = place.Checksum(octets[..ChecksumOffset]);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[ChecksumOffset..], checksum);
        return checksum;
    }

    /// <summary>Reads a header that was written for this place; false when there is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, in BatchPlace place, out BatchHeader header, out uint checksum)
    {
        header = default;
        checksum = 0;
        if (octets.Length < Length || !octets.StartsWith(Magic))
            return false;
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(octets[ChecksumOffset..]);
        if (checksum != place.Checksum(octets[..ChecksumOffset]))
            return false;
        header = new BatchHeader(
            (BatchKind)octets[2],
            (octets[3] & BeginsGroupFlag) != 0,
            BinaryPrimitives.ReadInt32LittleEndian(octets[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(octets[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(octets[24..]));
        return header.PayloadOctets >= 0 && header.Records >= 0;
    }
}
