using System.Net;

namespace Warren.Broker;

/// <summary>Who a proxy's connection is for, as the octets in front of it say.</summary>
/// <param name="Source">The client; null when the proxy does not say, or connects for itself to see whether the broker lives.</param>
/// <param name="Destination">Where the client connected to; null when the proxy does not say.</param>
internal readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination)
{
    /// <summary>Nobody may be made to keep more than this for a header. Version 1 has at most 107 octets.</summary>
    public const int MaxOctets = 8192;

    /// <summary>Reads a header of either version at the start of these octets.</summary>
    /// <returns>How many octets it has; or, below 0, how many more of it are to come at least.</returns>
    /// <exception cref="FormatException">It is none. The message says why, and repeats nothing of it.</exception>
    public static int Read(ReadOnlySpan<byte> octets, out ProxyHeader header)
    {
        header = default;
        if (octets.IsEmpty)
            return -1;
        return octets[0] == ProxyHeaderV2.Signature[0] ? ProxyHeaderV2.Read(octets, out header) : ProxyHeaderV1.Read(octets, out header);
    }
}
