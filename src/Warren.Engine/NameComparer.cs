using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Compares names by their octets. The hash is seeded with entropy, so that a client cannot choose names that all fall into one bucket.
/// </summary>
internal sealed class NameComparer(ulong seed) : IEqualityComparer<ShortString>, IAlternateEqualityComparer<ReadOnlySpan<byte>, ShortString>
{
    private const ulong Odd = 0x9E37_79B9_7F4A_7C15;

    public bool Equals(ShortString x, ShortString y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ShortString name) => GetHashCode(name.Span);

    public bool Equals(ReadOnlySpan<byte> alternate, ShortString other) => alternate.SequenceEqual(other.Span);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = seed ^ ((ulong)alternate.Length * Odd);
        var rest = alternate;
        for (; rest.Length > 8; rest = rest[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest));
        hash = Mix(hash ^ (alternate.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(alternate[^8..]) : Few(rest))); // The last eight, some of them for the second time.
        return (int)(hash ^ (hash >> 32));
    }

    public ShortString Create(ReadOnlySpan<byte> alternate) => new(alternate.ToArray());

    private static ulong Few(ReadOnlySpan<byte> octets)
    {
        ulong value = 0;
        foreach (var octet in octets)
            value = (value << 8) | octet;
        return value;
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Odd, out var low);
        return high ^ low;
    }
}
