using System.Buffers.Binary;
using System.Numerics;

namespace Warren.Store;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where it has one; BitOperations falls back to a table.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of the octets, going on from the checksum of those before; 0 begins.</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> octets)
    {
        var crc = ~before;
        while (octets.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }
        foreach (var octet in octets)
            crc = BitOperations.Crc32C(crc, octet);
        return ~crc;
    }

    public static uint Of(ReadOnlySpan<byte> octets) => Append(0, octets);
}
