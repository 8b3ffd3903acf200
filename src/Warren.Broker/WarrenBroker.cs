using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// An AMQP 0-9-1 broker in this process. What it holds lives in memory and ends with it, or is kept in a folder (<see cref="BrokerOptions.DataFolder"/>). Several may run side by side.
/// </summary>
public sealed class WarrenBroker : IAsyncDisposable, IInProcessBroker
{
    private const int Backlog = 4096;

    private readonly BrokerOptions _options;
    private readonly ILogger _log;
    private readonly BrokerTurn _turn;
    private readonly IIoRoad? _road;     // Null without sockets.
    private readonly BrokerJournal? _journal; // Null where nothing is kept.
    private readonly JournalBell? _bell;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TickTimer? _timer;
    private readonly DiskGauge? _disk;
    private readonly TlsListener? _tls;
    private readonly IPEndPoint? _endPoint;
    private readonly Lock _stopGate = new();
    private Task? _stopped;

    private WarrenBroker(BrokerOptions options, BrokerJournal? journal)
    {
        _options = options;
        _log = options.LoggerFactory.CreateLogger("Warren.Broker");
        _journal = journal;
        _turn = new BrokerTurn(options, _log, journal);
        if (journal is not null)
        {
            DurableStart.Recover(_turn, journal, options, _log);
            journal.Start();
        }
        Users = new BrokerUsers(_turn, options.PasswordRounds);
        VirtualHosts = new BrokerVirtualHosts(_turn);
        Policies = new BrokerPolicies(_turn, options.Profile);
        Definitions = new BrokerDefinitions(_turn, Users, options.Profile, _log);
        if (options.Definitions is { } definitions)
            Definitions.Import(definitions);
        var (listener, tlsListener) = Listen(options); // First of what has to be undone: it may fail.
        if ((options.DiskFolder ?? options.DataFolder) is { } folder)
            _disk = new DiskGauge(_turn.Operations, options.FreeDisk ?? (() => DiskGauge.FreeOctets(folder)), options.TimeProvider, _log);
        var usesEpoll = listener is not null && (options.IoRoad == IoRoad.Epoll || (options.IoRoad == IoRoad.Default && OperatingSystem.IsLinux()));
        if (_turn.Durability is { } durability)
        {
            _ = EndWhenFailedAsync(durability.Failed);
            if (!usesEpoll)
                durability.Ring = (_bell = new JournalBell(_turn)).Ring;
        }
        if (options.TimeProvider is IDrivenClock clock)
            clock.Watch(new DrivenTicks(_turn, options.TimeProvider));
        else if (options.InProcessOnly)
            _timer = new TickTimer(_turn, options.TimeProvider);
        if (listener is null)
            return;
        _endPoint = (IPEndPoint)listener.LocalEndPoint!;
        _turn.LocalName = _endPoint.ToString();
        _road = usesEpoll ? new EpollRoad(_turn, NewDoor(), options.IoThreads, options.SpinTime) : new SocketRoad(NewDoor(), socket => new PumpedSocket(_turn, socket));
        if (tlsListener is not null)
            _tls = new TlsListener(_turn, options.Tls!, tlsListener, NewDoor(), _log);
        _road.Start(listener);

        // The epoll loop looks at the clock by itself: so heartbeats do not depend on a thread pool that the application may have filled.
        if (!usesEpoll || options.TimeProvider != TimeProvider.System)
        {
            _timer = new TickTimer(_turn, options.TimeProvider);
        }
    }

    /// <summary>Where it listens.</summary>
    /// <exception cref="InvalidOperationException">It listens nowhere (<see cref="BrokerOptions.InProcessOnly"/>).</exception>
    public IPEndPoint EndPoint => _endPoint ?? throw new InvalidOperationException("This broker listens nowhere: it was started with BrokerOptions.InProcessOnly.");

    /// <summary>The port it listens on.</summary>
    public int Port => EndPoint.Port;

    /// <summary>The URI for a client on this machine, with the first user's name and password: <c>amqp://guest:guest@127.0.0.1:PORT/</c>.</summary>
    public Uri Uri
    {
        get
        {
            var user = _options.FirstUsers is [var first, ..] ? $"{Uri.EscapeDataString(first.Name)}:{Uri.EscapeDataString(first.Password)}@" : "";
            var address = EndPoint.Address switch
            {
                var any when any.Equals(IPAddress.Any) => IPAddress.Loopback,
                var any when any.Equals(IPAddress.IPv6Any) => IPAddress.IPv6Loopback,
                var one => one,
            };
            return new Uri($"amqp://{user}{new IPEndPoint(address, Port)}/");
        }
    }

    /// <summary>Where it listens for clients with TLS.</summary>
    /// <exception cref="InvalidOperationException">It does not (<see cref="BrokerOptions.Tls"/>).</exception>
    public IPEndPoint TlsEndPoint => _tls?.EndPoint ?? throw new InvalidOperationException("This broker was started without BrokerOptions.Tls.");

    /// <summary>Who may log in, and what each may do.</summary>
    public BrokerUsers Users { get; }

    /// <summary>The virtual hosts.</summary>
    public BrokerVirtualHosts VirtualHosts { get; }

    /// <summary>The policies of the virtual hosts.</summary>
    public BrokerPolicies Policies { get; }

    /// <summary>Everything that is defined, as a file that RabbitMQ knows too.</summary>
    public BrokerDefinitions Definitions { get; }

    /// <summary>
    /// Ends when the broker has stopped. Faults with a <see cref="Store.JournalException"/> when the disk of <see cref="BrokerOptions.DataFolder"/> has failed: then every
    /// connection was closed, nothing more is confirmed, and a process that goes on should start another broker only after the disk was looked at. What was confirmed is on disk.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>How many connections there are, those that have not logged in yet included.</summary>
    public int ConnectionCount => _turn.PeerCount;

    /// <summary>The alarms that stand: those that the broker has found and those of <see cref="RaiseAlarm"/>.</summary>
    public Alarms Alarms => _turn.Operations.Alarms;

    /// <summary>How many octets count for <see cref="BrokerOptions.MemoryLimit"/> at present.</summary>
    public long MemoryOctets => _turn.Operations.MemoryOctets;

    /// <summary>
    /// Raises alarms by hand: whoever publishes is told so (connection.blocked) and not read from until the last alarm ends. Whoever only consumes goes on.
    /// </summary>
    public void RaiseAlarm(Alarms alarms) => _turn.Operations.RaiseAlarm(alarms);

    /// <summary>Ends alarms that were raised by hand. Those that the broker has found itself end when their reason does.</summary>
    public void ClearAlarm(Alarms alarms) => _turn.Operations.ClearAlarm(alarms);

    /// <summary>Every connection as it is now.</summary>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() => _turn.Operations.Connections();

    /// <summary>
    /// Closes a connection: its client gets 320 <c>CONNECTION_FORCED - REASON</c> and has five seconds to answer. One that has not logged in yet ends without a word.
    /// </summary>
    /// <param name="name">Its <see cref="ConnectionSnapshot.Name"/>.</param>
    /// <param name="reason">What the client is told, up to 255 octets with the code's name.</param>
    /// <returns>False when there is no connection of this name, or it is closing already.</returns>
    public bool CloseConnection(string name, string reason)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(reason);
        return _turn.Operations.CloseConnection(name, reason);
    }

    /// <summary>Starts a broker. When the task ends, clients can connect.</summary>
    /// <param name="options">What is settled; null takes the defaults.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="SocketException">The port is taken, or the address is not this machine's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="DefinitionsException"><see cref="BrokerOptions.Definitions"/> cannot be taken.</exception>
    /// <exception cref="Store.JournalException">
    /// <see cref="BrokerOptions.DataFolder"/> is in use by another process, cannot be written to, is no folder, or was written by a newer version: each an exception of its own.
    /// </exception>
    /// <exception cref="Store.DiskException">The disk of <see cref="BrokerOptions.DataFolder"/> does not do its work.</exception>
    /// <exception cref="PlatformNotSupportedException"><see cref="IoRoad.Epoll"/> on a system that is not Linux.</exception>
    public static Task<WarrenBroker> StartAsync(BrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        options ??= new BrokerOptions();
        options.Check();
        if (options.IoRoad == IoRoad.Epoll && !OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("The epoll road needs Linux; leave BrokerOptions.IoRoad at its default.");
        var broker = Create(options);
        Log.Listening(broker._log, broker._turn.LocalName);
        if (broker._tls is { } tls)
            Log.Listening(broker._log, $"{tls.LocalName} (TLS)");
        return Task.FromResult(broker);
    }

    /// <summary>
    /// Opens or closes the firehose of a virtual host (https://www.rabbitmq.com/docs/firehose): while it is open, a copy of everything that is published
    /// goes to the exchange <c>amq.rabbitmq.trace</c> with the key <c>publish.EXCHANGE</c>, and of everything that is delivered with <c>deliver.QUEUE</c>.
    /// </summary>
    /// <param name="virtualHost">Its name.</param>
    /// <param name="on">True opens it.</param>
    /// <exception cref="ArgumentException">There is no virtual host of this name.</exception>
    public void Trace(string virtualHost, bool on)
    {
        if (!_turn.Operations.Trace(virtualHost, on))
            throw new ArgumentException($"There is no virtual host '{virtualHost}'.", nameof(virtualHost));
    }

    /// <summary>Connects a client of this process without a socket. The client speaks AMQP from the protocol header on.</summary>
    /// <param name="received">
    /// Called with octets for the client, valid during the call; one call at a time, in order, on whatever thread caused them. Until it returns
    /// that thread serves nobody else: do not wait in it.
    /// </param>
    /// <param name="closed">Called once when the connection has ended, with null when it was closed in order or by the client.</param>
    /// <exception cref="ObjectDisposedException">The broker has stopped.</exception>
    public InProcessConnection ConnectInProcess(Action<ReadOnlyMemory<byte>> received, Action<Exception?> closed)
    {
        ArgumentNullException.ThrowIfNull(received);
        ArgumentNullException.ThrowIfNull(closed);
        var peer = new InProcessPeer(_turn, received, closed);
        ObjectDisposedException.ThrowIf(!_turn.Join(peer), this);
        return new InProcessConnection(peer);
    }

    /// <inheritdoc/>
    IOctetPipe IInProcessBroker.Connect(IOctetSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ConnectInProcess(octets => sink.Received(octets.Span), _ => sink.Closed());
    }

    /// <summary>
    /// Stops in order: accepts nobody, closes every connection with 320 <c>CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'</c>,
    /// waits at most <see cref="BrokerOptions.StopTimeout"/> for the clients' answers, and ends. A second call waits for the first.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the clients' answers; the broker ends all the same.</param>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_stopGate)
            return _stopped ??= StopOnceAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        _road?.StopListening();
        _tls?.StopListening();
        _turn.Stop();
        try
        {
            await _turn.Empty.WaitAsync(_options.StopTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException) // Whoever has not answered by now is left.
        {
            _turn.DropAll();
        }
        if (_disk is not null)
            await _disk.DisposeAsync().ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        _road?.Dispose();
        EndJournal();
        Log.Stopped(_log);
        _completion.TrySetResult();
    }

    private Door NewDoor() => new(_options.Descriptors ?? DescriptorRoom.OfThisProcess(), () => _turn.PeerCount, _log);

    private static WarrenBroker Create(BrokerOptions options)
    {
        var journal = DurableStart.Open(options);
        try
        {
            return new WarrenBroker(options, journal);
        }
        catch
        {
            journal?.Dispose();
            throw;
        }
    }

    // What the last connections left behind is written, and the folder is another's.
    private void EndJournal()
    {
        if (_journal is null)
            return;
        _turn.EndBatch();
        _journal.Dispose();
        _bell?.Dispose();
    }

    private async Task EndWhenFailedAsync(Task failed)
    {
        try
        {
            await failed.ConfigureAwait(false);
        }
        catch (Store.JournalException e)
        {
            _road?.StopListening();
            _tls?.StopListening();
            _completion.TrySetException(e);
            _ = _completion.Task.Exception; // Whoever does not look at it is not told by a finalizer.
        }
    }

    private static (Socket? Plain, Socket? Tls) Listen(BrokerOptions options)
    {
        if (options.InProcessOnly)
            return default;
        var plain = Listen(options.BindAddress, options.Port);
        try
        {
            return (plain, options.Tls is { } tls ? Listen(options.BindAddress, tls.Port) : null);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    private static Socket Listen(IPAddress address, int port)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
                listener.DualMode = true;
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(Backlog);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }
}
