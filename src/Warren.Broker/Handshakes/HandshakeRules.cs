using Microsoft.Extensions.Logging;
using Warren.Amqp;

namespace Warren.Broker;

/// <summary>What every handshake of one broker has in common.</summary>
internal sealed class HandshakeRules(BrokerOptions options, ILogger log)
{
    public ILogger Log { get; } = log;

    public Logins Logins { get; } = new(options.Users);

    public ConnectionTune Proposal { get; } =
        new((ushort)options.ChannelMax, (uint)options.FrameMax, (ushort)options.Heartbeat.TotalSeconds);

    public ConnectionStart Start { get; } = Greeting.Create(options.Profile);

    public long TimeoutMs { get; } = (long)options.HandshakeTimeout.TotalMilliseconds;
}
