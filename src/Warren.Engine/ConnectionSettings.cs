using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What the handshake settled about a connection; the engine takes it as given.</summary>
public sealed record ConnectionSettings
{
    /// <summary>The user who logged in.</summary>
    public required string User { get; init; }

    /// <summary>How the connection is called in traces: <c>CLIENT -> BROKER</c>, two addresses.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the user may do, until <see cref="CommandKind.AuthorityChanged"/> says otherwise; everything by default.</summary>
    public Authority Authority { get; init; } = Authority.Unlimited;

    /// <summary>The channels of the user, shared by all the user's connections; null when nobody counts them.</summary>
    public ChannelQuota? ChannelQuota { get; init; }

    /// <summary>How many channels may be open at once, 1 to 65535.</summary>
    public required int ChannelMax { get; init; }

    /// <summary>The largest frame in octets, at least 4096.</summary>
    public required int FrameMax { get; init; }

    /// <summary>What the client said of itself; its <c>capabilities</c> decide what it can be sent.</summary>
    public FieldTable ClientProperties { get; init; }
}
