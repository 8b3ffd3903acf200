using System.Buffers.Binary;

namespace Warren.Crashes.Books;

/// <summary>The body of a message: all of it follows from run, number and length, so that any wrong octet is seen.</summary>
internal static class MessageBody
{
    /// <summary>Octets that every body has at least.</summary>
    public const int Least = 20;

    //  +--------+---------+----------+---------------------------+
    //  |  run   | number  |  length  | noise from run and number |
    //  +--------+---------+----------+---------------------------+
    //   8 octets 8         4
    public static byte[] Write(ulong run, long number, int octets)
    {
        var body = new byte[octets];
        BinaryPrimitives.WriteUInt64LittleEndian(body, run);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), number);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(16), octets);
        var state = (run ^ ((ulong)number * 0x9E3779B97F4A7C15)) | 1;
        for (var i = Least; i < octets; i++)
        {
            // xorshift64: no two messages share their octets.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            body[i] = (byte)(state >> 32);
        }
        return body;
    }

    /// <summary>The number it claims to have; -1 when it is none of this run's.</summary>
    public static long NumberOf(ulong run, ReadOnlySpan<byte> body) =>
        body.Length >= Least && BinaryPrimitives.ReadUInt64LittleEndian(body) == run && BinaryPrimitives.ReadInt32LittleEndian(body[16..]) == body.Length
            ? BinaryPrimitives.ReadInt64LittleEndian(body[8..])
            : -1;
}
