using System.Net;

namespace Warren.Broker;

/// <summary>
/// Clients come through a proxy, such as HAProxy or a cloud's balancer, that says in front of each connection who it is for: the PROXY protocol, version 1
/// or 2 (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt), on every port of the broker, before TLS. A connection without such a header is
/// refused, as with RabbitMQ's <c>proxy_protocol = true</c>. The address in it is the client's from then on: in the log, in the connection's name, and where
/// logins are counted. Whoever can reach the port can claim any address: let only the proxy reach it, or name it in <see cref="TrustedProxies"/>.
/// A user who may log in from this machine only (guest) cannot log in through a proxy, whatever address that names, or if it names none.
/// </summary>
public sealed record ProxyProtocolOptions
{
    /// <summary>The networks that proxies connect from; connections from elsewhere are refused. Empty, the default, for any. An address alone is a network of /32 or /128.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Whether a proxy may be there.</summary>
    /// <exception cref="FormatException">No.</exception>
    internal void Check(IPEndPoint remote)
    {
        var address = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
        if (TrustedProxies.Count > 0 && !TrustedProxies.Any(network => network.Contains(address)))
            throw new FormatException("it is no trusted proxy");
    }
}
