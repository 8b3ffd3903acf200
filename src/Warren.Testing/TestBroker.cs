using System.Runtime.CompilerServices;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Engine;
using Warren.Testing.Wire;

namespace Warren.Testing;

/// <summary>What can be settled about a test's broker.</summary>
public sealed record TestBrokerOptions
{
    /// <summary>The broker's own options. Its clock is the test's, and it listens nowhere.</summary>
    public BrokerOptions Broker { get; init; } = new();

    /// <summary>How many lines the transcript keeps, 1 or more.</summary>
    public int TranscriptLimit { get; init; } = 10_000;
}

/// <summary>
/// A broker for one test: in the test's process, without a socket, on a clock that the test moves. What goes over its connections is written down, and
/// can be made to go wrong. Several may live side by side. Not for tests that run in parallel on one broker: they would share its clock.
/// </summary>
public sealed class TestBroker : IAsyncDisposable, IInProcessBroker
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TestConnection> _connections = []; // Guarded by _gate, as the numbers.
    private readonly ConditionalWeakTable<Bus, string> _names = [];
    private int _sessions;
    private int _buses;

    private TestBroker(TestBrokerOptions options)
    {
        Transcript = new Transcript(Time, options.TranscriptLimit);
    }

    /// <summary>The clock of broker, clients and buses.</summary>
    public TestClock Time { get; } = new();

    /// <summary>What went over the connections.</summary>
    public Transcript Transcript { get; }

    internal WarrenBroker Inner { get; private set; } = null!; // Set before anyone sees the broker.

    /// <summary>Starts a broker.</summary>
    public static async Task<TestBroker> StartAsync(TestBrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new TestBrokerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TranscriptLimit, 1, nameof(options));
        var broker = new TestBroker(options);
        broker.Inner = await WarrenBroker.StartAsync(options.Broker with { TimeProvider = broker.Time, InProcessOnly = true }, cancellationToken).ConfigureAwait(false);
        return broker;
    }

    /// <summary>Connects a bus on the test's clock.</summary>
    /// <param name="name">How the connection calls itself, see <see cref="Connection(string)"/>; null takes bus-1, bus-2 and so on.</param>
    /// <param name="options">The bus's options; their clock is replaced by the test's.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    public async Task<Bus> ConnectAsync(string? name = null, BusOptions? options = null, CancellationToken cancellationToken = default)
    {
        name ??= $"bus-{Interlocked.Increment(ref _buses)}";
        var bus = await Bus.ConnectAsync(OptionsFor(name), (options ?? new BusOptions()) with { TimeProvider = Time }, cancellationToken).ConfigureAwait(false);
        _names.Add(bus, name);
        return bus;
    }

    /// <summary>How a client reaches this broker, on the test's clock: for code under test that connects by itself.</summary>
    public ConnectionOptions OptionsFor(string name) => new() { InProcess = this, TimeProvider = Time, ConnectionName = name };

    /// <summary>The connections of this name: what shall go wrong on them is said here. They need not be there yet.</summary>
    public TestConnection Connection(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            if (!_connections.TryGetValue(name, out var connection))
                _connections[name] = connection = new TestConnection(this, name);
            return connection;
        }
    }

    /// <summary>The connections of a bus that this broker has connected.</summary>
    public TestConnection Connection(Bus bus) =>
        _names.TryGetValue(bus, out var name) ? Connection(name) : throw new FaultException("This bus was not connected by this broker's ConnectAsync. Use the name of its connection.");

    /// <summary>Moves the clock: see <see cref="TestClock.AdvanceAsync"/>.</summary>
    public Task AdvanceAsync(TimeSpan by) => Time.AdvanceAsync(by);

    /// <summary>Moves the clock on until the task has ended: see <see cref="TestClock.AdvanceUntilAsync"/>.</summary>
    public Task AdvanceUntilAsync(Task task, TimeSpan atMost) => Time.AdvanceUntilAsync(task, atMost);

    /// <summary>Waits for what is under way: see <see cref="TestClock.SettleAsync"/>.</summary>
    public Task SettleAsync() => Time.SettleAsync();

    /// <summary>
    /// Raises alarms of the broker itself (https://www.rabbitmq.com/docs/alarms): whoever publishes from now on, on any connection, is told so
    /// (connection.blocked, <c>low on memory</c> or <c>low on disk</c>), and what it sends is not read until <see cref="ClearAlarm"/>. Whoever only consumes goes on.
    /// For one connection, and before it publishes, see <see cref="TestConnection.Block"/>.
    /// </summary>
    public void RaiseAlarm(Alarms alarms) => Inner.RaiseAlarm(alarms);

    /// <summary>Ends alarms that <see cref="RaiseAlarm"/> has raised. After the last one clients are told (connection.unblocked), and what they sent meanwhile is read.</summary>
    public void ClearAlarm(Alarms alarms) => Inner.ClearAlarm(alarms);

    /// <summary>Cuts every connection there is.</summary>
    public void CutAll()
    {
        foreach (var connection in Connections())
        {
            if (connection.IsOpen)
                connection.Cut();
        }
    }

    /// <summary>Makes sure that every fault that was scripted has happened: a script that never matched tests nothing.</summary>
    /// <exception cref="FaultException">One has not; the message names it and shows what came by instead.</exception>
    public void AllFaultsShouldHaveHappened()
    {
        foreach (var connection in Connections())
            connection.Script.ShouldHaveHappened();
    }

    /// <summary>Stops the broker. The clock moves on by itself as far as that takes.</summary>
    public async ValueTask DisposeAsync() => await Time.DriveAsync(Inner.StopAsync()).ConfigureAwait(false);

    IOctetPipe IInProcessBroker.Connect(IOctetSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var session = new Session(this, sink, Interlocked.Increment(ref _sessions));
        session.Start();
        return session;
    }

    internal TestConnection Greet(Session session, FieldTable clientProperties)
    {
        var name = clientProperties.TryGet("connection_name", out var value) && value.TryGetString(out var text) ? text : $"#{session.Number}";
        var connection = Connection(name);
        connection.Begin(session);
        return connection;
    }

    internal void Left(Session session) => Transcript.Note(session, "-- ended");

    internal string DescribeConnections()
    {
        var names = Connections().Where(connection => connection.Count > 0).Select(connection => $"'{connection.Name}'{(connection.IsOpen ? "" : " (ended)")}").ToArray();
        return names.Length == 0 ? "There was no connection at all." : $"There are: {string.Join(", ", names)}.";
    }

    private TestConnection[] Connections()
    {
        lock (_gate)
            return [.. _connections.Values];
    }
}
