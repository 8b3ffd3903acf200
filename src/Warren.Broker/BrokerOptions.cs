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

    /// <summary>A second port for clients with TLS; null, the default, has none.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Clients come through a proxy that names them (PROXY protocol); null, the default, when they do not.</summary>
    public ProxyProtocolOptions? ProxyProtocol { get; init; }

    /// <summary>True for a broker without a socket: it listens nowhere, and only <see cref="WarrenBroker.ConnectInProcess"/> reaches it.</summary>
    public bool InProcessOnly { get; init; }

    /// <summary>Where log messages go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Who may log in and do everything in the virtual host "/", from the start; by default guest/guest from this machine. The first user stands in
    /// <see cref="WarrenBroker.Uri"/>. Others come by <see cref="WarrenBroker.Users"/>. With a <see cref="DataFolder"/>, users that are named here are set anew at every start, with
    /// these passwords; guest/guest is made only when the folder is new.
    /// </summary>
    public IReadOnlyList<BrokerUser> Users { get; init; } = DefaultUsers;

    /// <summary>
    /// Definitions to start with, as text in RabbitMQ's format (<see cref="BrokerDefinitions"/>): they hold before anybody can connect. When they name users
    /// and <see cref="Users"/> is left at its default, there is no guest/guest, as in RabbitMQ. Null, the default, for none.
    /// </summary>
    public string? Definitions { get; init; }

    /// <summary>The RabbitMQ release that it behaves as and names in its greeting; 4.2 by default.</summary>
    public Profile Profile { get; init; } = Profile.V42;

    /// <summary>The heartbeat proposed to clients, 0 (off) to 65535 seconds; the client's answer counts (AMQP 0-9-1 section 4.2.7).</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many channels a connection may have open, 1 to 65535.</summary>
    public int ChannelMax { get; init; } = 2047;

    /// <summary>How many consumers a channel may have, 1 or more.</summary>
    public int MaxConsumersPerChannel { get; init; } = 65_535;

    /// <summary>The largest frame in octets, 8192 to 2147483639.</summary>
    public int FrameMax { get; init; } = 131072;

    /// <summary>How long a client may take from connecting to connection.open, however it spreads its octets.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many octets may wait for one client, above 0. Over it the client gets no more deliveries and nothing is read from it, until it
    /// has read half. One message more than that may wait.
    /// </summary>
    public int OutboundLimit { get; init; } = 1024 * 1024;

    /// <summary>The largest body in octets, up to 536870912; 0, the default, for that of <see cref="Profile"/> (16 MiB in 4.2).</summary>
    public int MaxMessageOctets { get; init; }

    /// <summary>
    /// How many octets the broker may hold in memory: messages in queues and on their way, and what waits to be sent. At the limit, and until it holds less
    /// again, clients that publish are told so (connection.blocked, <c>low on memory</c>) and not read from. 0 lets nobody publish; null, the default, is
    /// 0.4 of the memory that this process may use.
    /// </summary>
    public long? MemoryLimit { get; init; }

    /// <summary>
    /// The folder where everything durable is kept: durable exchanges and queues, bindings between them, persistent messages in durable queues, virtual hosts, users, permissions and
    /// policies. It is made when it does not exist, and belongs to one broker at a time. Null, the default, keeps nothing: what the broker holds ends with it.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// A folder on the disk that must not fill up; null, the default, watches that of <see cref="DataFolder"/>, or none where nothing is kept. While less than
    /// <see cref="DiskLimit"/> octets are free there, clients that publish are told so (<c>low on disk</c>) and not read from.
    /// </summary>
    public string? DiskFolder { get; init; }

    /// <summary>How many octets have to be free on the disk of <see cref="DiskFolder"/>; 50 MB as RabbitMQ.</summary>
    public long DiskLimit { get; init; } = 50_000_000;

    /// <summary>How long a delivery may stay unacknowledged; see <see cref="EngineOptions.DeliveryAcknowledgementTimeout"/>.</summary>
    public TimeSpan DeliveryAcknowledgementTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>After what time a dead letter that has not arrived is sent again, above 0 and at most ten years; see <see cref="EngineOptions.DeadLetterRetryTime"/>.</summary>
    public TimeSpan DeadLetterRetryTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Whether each message gets the time at which it came; see <see cref="EngineOptions.StampTimestamp"/>. Off by default.</summary>
    public Stamping StampTimestamp { get; init; }

    /// <summary>Whether each message gets this broker's name, <c>warren@</c> and the machine's, as the header <c>x-routed-by</c>. Off by default.</summary>
    public Stamping StampNode { get; init; }

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

    /// <summary>guest/guest; the one list that says that nobody has said anything.</summary>
    private static IReadOnlyList<BrokerUser> DefaultUsers { get; } = [BrokerUser.Guest];

    /// <summary>True when nobody has said who may log in.</summary>
    internal bool HasDefaultUsers => ReferenceEquals(Users, DefaultUsers);

    /// <summary>The users to begin with.</summary>
    /// <exception cref="DefinitionsException">The definitions are none.</exception>
    internal IReadOnlyList<BrokerUser> FirstUsers =>
        Definitions is not null && ReferenceEquals(Users, DefaultUsers) && BrokerDefinitions.HaveUsers(Definitions) ? [] : Users;

    /// <summary>How many threads check passwords; 0 for the thread that reads.</summary>
    internal int LoginThreads { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How often a password is hashed; fewer in tests.</summary>
    internal int PasswordRounds { get; init; } = PasswordHash.DefaultRounds;

    /// <summary>Where the engine's randomness comes from.</summary>
    internal IEntropy Entropy { get; init; } = new SystemEntropy();

    /// <summary>Measures the free octets in the place of the disk of <see cref="DiskFolder"/>.</summary>
    internal Func<long>? FreeDisk { get; init; }

    /// <summary>The room for connections; null for the process's own. Tests have less.</summary>
    internal DescriptorRoom? Descriptors { get; init; }

    /// <summary>A disk in the place of <see cref="DataFolder"/>.</summary>
    internal Store.IDisk? Disk { get; init; }

    /// <summary>The sizes of the journal.</summary>
    internal Store.JournalOptions Journal { get; init; } = new();

    internal void Check()
    {
        if (DataFolder is { Length: 0 })
            throw new ArgumentException("The data folder has no name; null keeps nothing.", nameof(DataFolder));
        Tls?.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(MemoryLimit ?? 0, 0, nameof(MemoryLimit));
        ArgumentOutOfRangeException.ThrowIfLessThan(DiskLimit, 0);
        if (TimeProvider is Amqp.IDrivenClock && !InProcessOnly)
            throw new ArgumentException("A broker on a driven clock cannot serve sockets, which wait for nobody's clock: set InProcessOnly.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Port, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChannelMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ChannelMax, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConsumersPerChannel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FrameMax, 8192);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FrameMax, int.MaxValue - 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageOctets, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxMessageOctets, 512 * 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(OutboundLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IoThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(IoThreads, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(SpinTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SpinTime, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(Heartbeat, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Heartbeat, TimeSpan.FromSeconds(ushort.MaxValue));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DeadLetterRetryTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DeadLetterRetryTime, TimeSpan.FromDays(3650));
    }
}
