using Warren.Amqp;

namespace Warren.Broker;

/// <summary>What a connection is doing.</summary>
public enum ConnectionStatus
{
    /// <summary>It has not logged in yet.</summary>
    Starting,

    /// <summary>It is open.</summary>
    Running,

    /// <summary>It is open and not read from, because it does not read what waits for it.</summary>
    Flow,

    /// <summary>It is open and not read from, because it publishes while an alarm stands.</summary>
    Blocked,

    /// <summary>It is closing, or has just been closed.</summary>
    Closing,
}

/// <summary>One connection at one moment.</summary>
/// <param name="Name">The client's address and the broker's, as RabbitMQ names connections: <c>127.0.0.1:50000 -> 127.0.0.1:5672</c>; unique
/// while it lives, if proxies that name clients (<see cref="BrokerOptions.ProxyProtocol"/>) say the truth.</param>
/// <param name="ClientName">What the client calls the connection (<c>connection_name</c> of its client-properties); empty when it does not.</param>
/// <param name="User">Who has logged in; empty before that.</param>
/// <param name="VirtualHost">The virtual host; empty before connection.open.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="ClientProperties">What the client says of itself, cut to 4 KiB.</param>
public sealed record ConnectionSnapshot(
    string Name, string ClientName, string User, string VirtualHost, ConnectionStatus Status, FieldTable ClientProperties)
{
    internal static ConnectionSnapshot Of(Peer peer) => new(
        peer.Name,
        peer.ClientName,
        peer.Settings?.User ?? "",
        peer.Host?.Name ?? "",
        StatusOf(peer),
        peer.Settings?.ClientProperties ?? default);

    private static ConnectionStatus StatusOf(Peer peer) => peer.State switch
    {
        PeerState.Handshaking => ConnectionStatus.Starting,
        PeerState.Open when peer.IsClosing => ConnectionStatus.Closing,
        PeerState.Open when (peer.Pauses & Pauses.Alarm) != 0 => ConnectionStatus.Blocked,
        PeerState.Open when peer.IsPaused => ConnectionStatus.Flow,
        PeerState.Open => ConnectionStatus.Running,
        _ => ConnectionStatus.Closing,
    };
}
