using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Warren.Broker;

/// <summary>
/// The line of version 1, section 2.1: <c>PROXY TCP4 192.168.0.1 192.168.0.11 56324 443</c>, with TCP6 and UNKNOWN beside TCP4, and CR LF at its end.
/// </summary>
internal static class ProxyHeaderV1
{
    /// <summary>The longest line, with its end.</summary>
    public const int MaxOctets = 107;

    private static ReadOnlySpan<byte> Start => "PROXY "u8;

    private static ReadOnlySpan<byte> Shortest => "PROXY UNKNOWN\r\n"u8;

    /// <inheritdoc cref="ProxyHeader.Read"/>
    public static int Read(ReadOnlySpan<byte> octets, out ProxyHeader header)
    {
        header = default;
        var known = Math.Min(octets.Length, Start.Length);
        if (!octets[..known].SequenceEqual(Start[..known]))
            throw new FormatException("no PROXY header came first");
        var end = octets[..Math.Min(octets.Length, MaxOctets)].IndexOf("\r\n"u8);
        if (end < 0)
            return octets.Length < MaxOctets ? -Math.Max(1, Shortest.Length - octets.Length) : throw new FormatException("the PROXY header's line does not end within 107 octets");
        header = ReadLine(octets[Start.Length..end]);
        return end + 2;
    }

    private static ProxyHeader ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8)) // Whatever follows is to be ignored.
            return new ProxyHeader(null, null);
        var fields = Encoding.Latin1.GetString(line).Split(' ');
        var family = fields[0] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => throw new FormatException("the PROXY header is for neither TCP4, TCP6 nor UNKNOWN"),
        };
        if (fields.Length != 5)
            throw new FormatException("the PROXY header does not have two addresses and two ports");
        return new ProxyHeader(EndPoint(family, fields[1], fields[3]), EndPoint(family, fields[2], fields[4]));
    }

    private static IPEndPoint EndPoint(AddressFamily family, string address, string port)
    {
        // IPAddress takes more than the protocol does: 127.1, 0x7f.1, zones, brackets. What it prints is what may stand here, but for IPv6, which has many forms.
        if (!IPAddress.TryParse(address, out var parsed) || parsed.AddressFamily != family
            || (family == AddressFamily.InterNetwork ? parsed.ToString() != address : address.AsSpan().ContainsAny("[]%/")))
            throw new FormatException("the PROXY header has an address that is none of its family");
        var octets = Encoding.Latin1.GetBytes(port);
        if (!Utf8Parser.TryParse(octets, out ushort number, out var taken) || taken != octets.Length || number.ToString(CultureInfo.InvariantCulture) != port)
            throw new FormatException("the PROXY header has a port that is none");
        return new IPEndPoint(parsed, number);
    }
}
