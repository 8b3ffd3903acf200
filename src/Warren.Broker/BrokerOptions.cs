using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>What can be settled about a broker. The defaults suit a test or an application that carries its broker with it.</summary>
public sealed record BrokerOptions
{
    /// <summary>The address to listen on; loopback by default, so that nobody outside can connect.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The TCP port, 0 to 65535; 0, the default, takes a free one (see <see cref="WarrenBroker.Port"/>).</summary>
    public int Port { get; init; }

    /// <summary>True for a broker without a socket: it listens nowhere, and only <see cref="WarrenBroker.ConnectInProcess"/> reaches it.</summary>
    public bool InProcessOnly { get; init; }

    /// <summary>Where log messages go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Who may log in; by default guest/guest from this machine. The first user stands in <see cref="WarrenBroker.Uri"/>.</summary>
    public IReadOnlyList<BrokerUser> Users { get; init; } = [BrokerUser.Guest];

    /// <summary>The RabbitMQ release that it behaves as and names in its greeting; 4.2 by default.</summary>
    public Profile Profile { get; init; } = Profile.V42;

    /// <summary>The heartbeat proposed to clients, 0 (off) to 65535 seconds; the client's answer counts (AMQP 0-9-1 section 4.2.7).</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many channels a connection may have open, 1 to 65535.</summary>
    public int ChannelMax { get; init; } = 2047;

    /// <summary>The largest frame in octets, 8192 to 2147483639.</summary>
    public int FrameMax { get; init; } = 131072;

    /// <summary>How long a client may take from connecting to connection.open, however it spreads its octets.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many octets may wait for one client, above 0. Over it the client gets no more deliveries and nothing is read from it, until it
    /// has read half. One message more than that may wait.
    /// </summary>
    public int OutboundLimit { get; init; } = 1024 * 1024;

    /// <summary>How long a delivery may stay unacknowledged; see <see cref="EngineOptions.DeliveryAcknowledgementTimeout"/>.</summary>
    public TimeSpan DeliveryAcknowledgementTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long <see cref="WarrenBroker.StopAsync"/> waits for clients to answer connection.close before their sockets are closed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock; a virtual one in tests. One that implements <see cref="Amqp.IDrivenClock"/> is for a broker without sockets.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How sockets are read and written.</summary>
    public IoRoad IoRoad { get; init; }

    /// <summary>How many threads read and write sockets on the epoll road, 1 to 64. More help only when clients send large bodies.</summary>
    public int IoThreads { get; init; } = 1;

    /// <summary>
    /// How long an I/O thread that has just had work looks for more before it goes to sleep, giving its processor to others between two looks;
    /// 0 to 10 ms. Waking a sleeping processor can take longer than a whole call, above all in a virtual machine. An idle broker
    /// never looks. Epoll road only.
    /// </summary>
    public TimeSpan SpinTime { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>Where the engine's randomness comes from.</summary>
    internal IEntropy Entropy { get; init; } = new SystemEntropy();

    internal void Check()
    {
        if (TimeProvider is Amqp.IDrivenClock && !InProcessOnly)
            throw new ArgumentException("A broker on a driven clock cannot serve sockets, which wait for nobody's clock: set InProcessOnly.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Port, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChannelMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ChannelMax, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(FrameMax, 8192);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FrameMax, int.MaxValue - 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(OutboundLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IoThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(IoThreads, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(SpinTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SpinTime, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(Heartbeat, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Heartbeat, TimeSpan.FromSeconds(ushort.MaxValue));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
    }
}
