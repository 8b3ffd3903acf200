using System.Buffers.Binary;

namespace Warren.Store;

/// <summary>Where a batch stands. Part of its checksum, so that it is valid nowhere else.</summary>
internal readonly record struct BatchPlace(ulong Salt, ulong Segment, long Offset)
{
    private const int Length = 24;

    public uint Checksum(ReadOnlySpan<byte> header)
    {
        Span<byte> place = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt64LittleEndian(place, Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(place[8..], Segment);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], Offset);
        return Crc32C.Append(Crc32C.Of(place), header);
    }
}
