using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Warren.Amqp;

namespace Warren.Client;

/// <summary>How to reach a broker. <see cref="Parse"/> reads a URI; every value can then be changed with <c>with</c>.</summary>
public sealed record ConnectionOptions
{
    /// <summary>The brokers to try, in this order; several nodes of one cluster.</summary>
    public IReadOnlyList<AmqpEndpoint> Endpoints { get; init; } = [new("localhost", 5672)];

    /// <summary>The virtual host.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>The user.</summary>
    public string UserName { get; init; } = "guest";

    /// <summary>The password. Never logged, never part of a message.</summary>
    public string Password { get; init; } = "guest";

    /// <summary>How the client says who it is; with user and password by default.</summary>
    public LoginMechanism LoginMechanism { get; init; }

    /// <summary>TLS settings; null for plain TCP. The certificate and the host's name are verified unless the caller's own callback decides otherwise.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>How the connection calls itself in logs and in the broker's management.</summary>
    public string ConnectionName { get; init; } = AppDomain.CurrentDomain.FriendlyName;

    /// <summary>How long one endpoint may take from TCP to connection.open-ok.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a method such as queue.declare may wait for its answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The heartbeat to ask for, in whole seconds; zero for none. The lower of both sides' wishes counts.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most channels to ask for, 1 to 65535.</summary>
    public int ChannelMax { get; init; } = 2047;

    /// <summary>The largest frame to ask for, in octets, at least 4096.</summary>
    public int FrameMax { get; init; } = 131_072;

    /// <summary>How many octets may wait to be sent before publishers are made to wait.</summary>
    public int OutboundLimit { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How long a thread that has just received looks for more before it goes to sleep, giving its processor to others between two looks.
    /// What comes within that time is served without the cost of waking a thread, which in a virtual machine can be more than that of
    /// the whole call. Where messages are further apart than twice this time, nobody looks. Zero switches it off. Plain TCP on Linux only.
    /// </summary>
    public TimeSpan SpinTime { get; init; } = TimeSpan.FromMicroseconds(200);

    /// <summary>
    /// The same for the reply of a call, from when its request leaves: it is sure to come, and some brokers take longer than <see cref="SpinTime"/> for it. It
    /// counts while replies come within this time, so nobody looks for those of a service that takes longer, and never without a call under way.
    /// Not more than <see cref="SpinTime"/> means no longer than that.
    /// </summary>
    public TimeSpan ReplySpinTime { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Told to the broker besides product, version and capabilities.</summary>
    public FieldTable ClientProperties { get; init; }

    /// <summary>A broker in this process, reached without a socket; then <see cref="Endpoints"/> and <see cref="Tls"/> are not used.</summary>
    public IInProcessBroker? InProcess { get; init; }

    /// <summary>
    /// The clock of heartbeats, time-outs and back-off; the system's by default. One that implements <see cref="IDrivenClock"/> is the only one that
    /// heartbeats follow: tests bring it. A <c>Bus</c> that has a clock of its own gives it to its connection.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log lines go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Reads <c>amqp[s]://[user:password@]host[:port][,host[:port]...][/vhost][?option=value...]</c>, as RabbitMQ's URI specification
    /// has it (https://www.rabbitmq.com/docs/uri-spec, https://www.rabbitmq.com/docs/uri-query-parameters). Options: <c>heartbeat</c> (seconds),
    /// <c>connection_timeout</c> (milliseconds), <c>channel_max</c>, <c>frame_max</c>, <c>name</c>, <c>auth_mechanism</c> (<c>plain</c>, or with amqps
    /// <c>external</c>), and for amqps <c>cacertfile</c>, <c>certfile</c>, <c>keyfile</c>, <c>server_name_indication</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is not such a URI. The message names the part at fault and what to write instead.</exception>
    public static ConnectionOptions Parse(string uri) => AmqpUri.Parse(uri);

    /// <summary>Without the password.</summary>
    public override string ToString() =>
        $"{(Tls is null ? "amqp" : "amqps")}://{UserName}@{string.Join(',', Endpoints)}/{(VirtualHost == "/" ? "" : Uri.EscapeDataString(VirtualHost))}";
}
