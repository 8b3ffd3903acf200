using System.Buffers.Binary;
using System.Net;

namespace Warren.Broker;

/// <summary>
/// The octets of version 2, section 2.2. What follows the addresses within the length (TLVs) is skipped.
/// </summary>
internal static class ProxyHeaderV2
{
    //   12 octets     octet            octet             short    source    destination  short    short
    // +-----------+---------+-------+--------+-----------+--------+---------+-----------+--------+--------+- - - -+
    // | signature | version |command| family | transport | length | address |  address  |  port  |  port  | TLVs  |
    // +-----------+---------+-------+--------+-----------+--------+---------+-----------+--------+--------+- - - -+
    private const int Fixed = 16;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <inheritdoc cref="ProxyHeader.Read"/>
    public static int Read(ReadOnlySpan<byte> octets, out ProxyHeader header)
    {
        header = default;
        var known = Math.Min(octets.Length, Signature.Length);
        if (!octets[..known].SequenceEqual(Signature[..known]))
            throw new FormatException("no PROXY header came first");
        if (octets.Length < Fixed)
            return octets.Length - Fixed;
        if (octets[12] is not (0x20 or 0x21))
            throw new FormatException("the PROXY header is of an unknown version or command");
        var length = Fixed + BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        if (length > ProxyHeader.MaxOctets)
            throw new FormatException($"the PROXY header announces {length} octets; {ProxyHeader.MaxOctets} are the most");
        var isForClient = octets[12] == 0x21;
        var addressOctets = isForClient ? AddressOctets(octets[13], length - Fixed) : 0; // Of a proxy's own connection the rest means nothing.
        if (octets.Length < length)
            return octets.Length - length;
        header = addressOctets == 0 ? new ProxyHeader(null, null) : ReadAddresses(octets[Fixed..length], addressOctets);
        return length;
    }

    // How many octets an address has; 0 for those that are no Internet addresses.
    private static int AddressOctets(byte familyAndTransport, int length)
    {
        var (needed, octets) = familyAndTransport switch
        {
            0x00 => (0, 0), // Unspecified.
            0x11 or 0x12 => (12, 4),
            0x21 or 0x22 => (36, 16),
            0x31 or 0x32 => (216, 0), // Unix.
            _ => throw new FormatException("the PROXY header is for an unknown family or transport"),
        };
        return length >= needed ? octets : throw new FormatException("the PROXY header is too short for its addresses");
    }

    private static ProxyHeader ReadAddresses(ReadOnlySpan<byte> octets, int each) => new(
        new IPEndPoint(new IPAddress(octets[..each]), BinaryPrimitives.ReadUInt16BigEndian(octets[(2 * each)..])),
        new IPEndPoint(new IPAddress(octets.Slice(each, each)), BinaryPrimitives.ReadUInt16BigEndian(octets[((2 * each) + 2)..])));
}
