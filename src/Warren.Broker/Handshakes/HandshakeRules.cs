using Microsoft.Extensions.Logging;
using Warren.Amqp;

namespace Warren.Broker;

/// <summary>What every handshake of one broker has in common.</summary>
internal sealed class HandshakeRules(BrokerTurn turn, UserBook users, BrokerOptions options, ILogger log)
{
    public ILogger Log { get; } = log;

    public UserBook Users { get; } = users;

    public Logins Logins { get; } = new(turn, users, options.TimeProvider is IDrivenClock ? 0 : options.LoginThreads, options.PasswordRounds);

    public ConnectionTune Proposal { get; } =
        new((ushort)options.ChannelMax, (uint)options.FrameMax, (ushort)options.Heartbeat.TotalSeconds);

    public ConnectionStart Start { get; } = Greeting.Create(options.Profile, "");

    /// <summary>For those whose certificates name them.</summary>
    public ConnectionStart StartWithExternal { get; } = Greeting.Create(options.Profile, $" {ExternalMechanism.Name}");

    /// <summary>Null without proxies.</summary>
    public ProxyProtocolOptions? Proxies { get; } = options.ProxyProtocol;

    public long TimeoutMs { get; } = (long)options.HandshakeTimeout.TotalMilliseconds;
}
