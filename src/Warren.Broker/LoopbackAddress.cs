using System.Net;

namespace Warren.Broker;

/// <summary>Tells this machine from others.</summary>
internal static class LoopbackAddress
{
    /// <summary>127.0.0.0/8, ::1, and 127.0.0.0/8 in its IPv6 dress ::ffff:127.0.0.1.</summary>
    public static bool Is(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
