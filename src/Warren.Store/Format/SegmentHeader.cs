using System.Buffers.Binary;

namespace Warren.Store;

/// <summary>
/// What a segment begins with. It is written twice, in two sectors, so that the loss of one loses nothing; batches begin behind both.
/// </summary>
/// <remarks>
/// <code>
///   0         8        12        16        24        32        40                  60      64
/// +----------+---------+---------+---------+---------+---------+-------------------+-------+
/// | WARRENWJ | version |  area   | segment |  salt   | next id |       zeros       |  crc  |
/// +----------+---------+---------+---------+---------+---------+-------------------+-------+
/// </code>
/// All numbers are little-endian. The checksum is over the octets before it, in every version, so that a newer version is told from a damaged header.
/// </remarks>
internal readonly record struct SegmentHeader(ulong Segment, ulong Salt, ulong NextId)
{
    public const uint Version = 1;
    public const int Length = 64;
    public const int SecondCopy = 512;
    public const int Area = 1024;

    private const int ChecksumOffset = 60;

    private static ReadOnlySpan<byte> Magic => "WARRENWJ"u8;

    /// <summary>Writes both copies and the zeros around them. Returns the checksum, with which the chain of batches begins.</summary>
    public uint Write(Span<byte> area)
    {
        area[..Area].Clear();
        var copy = area[..Length];
        Magic.CopyTo(copy);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[12..], Area);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[16..], Segment);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[24..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[32..], NextId);
        var checksum = Crc32C.Of(copy[..ChecksumOffset]);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[ChecksumOffset..], checksum);
        copy.CopyTo(area[SecondCopy..]);
        return checksum;
    }

    /// <summary>Reads one copy. False when it is damaged; then version and the rest are nothing.</summary>
    public static bool TryRead(ReadOnlySpan<byte> copy, out SegmentHeader header, out uint version, out uint checksum)
    {
        header = default;
        version = checksum = 0;
        if (copy.Length < Length || !copy.StartsWith(Magic))
            return false;
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(copy[ChecksumOffset..]);
        if (checksum != Crc32C.Of(copy[..ChecksumOffset]))
            return false;
        version = BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]);
        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(copy[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(copy[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(copy[32..]));
        return true;
    }
}
