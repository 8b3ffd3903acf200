using System.Buffers.Binary;
using System.Numerics;

namespace Warren.Simulation;

/// <summary>A hash of octets and numbers that is the same in every process.</summary>
internal static class Mix
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    public static ulong Of(ReadOnlySpan<byte> octets, ulong hash = 1)
    {
        hash = Of((ulong)octets.Length, hash);
        for (; octets.Length >= sizeof(ulong); octets = octets[sizeof(ulong)..])
            hash = Of(BinaryPrimitives.ReadUInt64LittleEndian(octets), hash);
        foreach (var octet in octets)
            hash = Of(octet, hash);
        return hash;
    }

    public static ulong Of(ulong value, ulong hash)
    {
        hash = BitOperations.RotateLeft(hash ^ (value * Factor), 29) * Factor;
        return hash ^ (hash >> 32);
    }
}
