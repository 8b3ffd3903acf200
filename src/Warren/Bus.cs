using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// An application's way to a broker: calls and messages over one connection that is made again when it is lost. Use one for the whole
/// application, from any thread. Serving, sending and subscribing are extension methods beside it, one file per pattern.
/// </summary>
public sealed class Bus : IAsyncDisposable, IBusConnection
{
    private readonly Attachments _attachments;
    private readonly FastCalls _calls;
    private readonly FastCalls? _directCalls;
    private readonly SafeCalls _safeCalls;
    private readonly OneWayCalls _oneWayCalls;
    private readonly ILogger _log;
    private bool _wasConnected; // Written by whoever connects, one at a time.
    private ConnectionKeeper _keeper = null!; // Set before anyone sees the bus.

    private Bus(ConnectionOptions connection, BusOptions options)
    {
        Options = options;
        _log = connection.LoggerFactory.CreateLogger<Bus>();
        _attachments = new Attachments(options.Reconnect, options.Time, _log);
        Codec = new BodyCodec(options.Json, options.Formats);
        var control = new ServerControl();
        _calls = new FastCalls(this, options, Codec, Counters, control);
        if (options.DirectReplyTo)
            _directCalls = new FastCalls(this, options, Codec, Counters, control, isDirect: true);
        _safeCalls = new SafeCalls(this, options, Codec, Counters, control);
        _oneWayCalls = new OneWayCalls(this, options, Codec, Counters);
        Publisher = new Publisher(this, options);
        CallMetrics.Publish();
    }

    /// <summary>What holds for everything this bus does.</summary>
    public BusOptions Options { get; }

    /// <summary>What it has done so far.</summary>
    public BusStatistics Statistics => Counters.Snapshot(PendingCalls, _keeper.Reconnects);

    /// <summary>True while there is a connection to the broker.</summary>
    public bool IsConnected => _keeper.Current is not null;

    /// <inheritdoc cref="ConnectionKeeper.FirstAttempt"/>
    internal Task FirstAttempt => _keeper.FirstAttempt;

    internal int PendingCalls => _calls.PendingCount + (_directCalls?.PendingCount ?? 0) + _safeCalls.PendingCount + _oneWayCalls.PendingCount;

    internal BodyCodec Codec { get; }

    internal Counters Counters { get; } = new();

    internal Publisher Publisher { get; }

    internal ILogger Log => _log;

    /// <summary>Connects to a broker; see <see cref="ConnectionOptions.Parse"/> for the URI.</summary>
    /// <exception cref="FormatException">The text is not an AMQP URI.</exception>
    /// <exception cref="AccessRefusedException">Wrong user or password, or no such virtual host.</exception>
    /// <exception cref="ConnectFailedException">No broker could be reached.</exception>
    public static Task<Bus> ConnectAsync(string uri, BusOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(ConnectionOptions.Parse(uri), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, BusOptions?, CancellationToken)"/>
    public static Task<Bus> ConnectAsync(Uri uri, BusOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return ConnectAsync(uri.OriginalString, options, cancellationToken);
    }

    /// <summary>Connects to a broker in this process, without a socket.</summary>
    public static Task<Bus> ConnectAsync(IInProcessBroker broker, BusOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new ConnectionOptions { InProcess = broker }, options, cancellationToken);

    /// <summary>Connects to a broker. That the first connection fails is the caller's to know; after it, the bus comes back by itself.</summary>
    /// <exception cref="AccessRefusedException">Wrong user or password, or no such virtual host.</exception>
    /// <exception cref="ConnectFailedException">No broker could be reached.</exception>
    public static async Task<Bus> ConnectAsync(ConnectionOptions connection, BusOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        options ??= new BusOptions();
        options.Check();
        if (options.Time != TimeProvider.System)
            connection = connection with { TimeProvider = options.Time };
        else
            options = options with { TimeProvider = connection.TimeProvider };
        var bus = new Bus(connection, options);
        bus._keeper = await ConnectionKeeper.StartAsync(connection, options.Reconnect, bus.ConnectedAsync, cancellationToken).ConfigureAwait(false);
        LiveBuses.Add(bus);
        return bus;
    }

    /// <summary>
    /// A bus that connects in the background and waits for a broker that is down; calls and messages wait for it within their deadlines.
    /// <see cref="FirstAttempt"/> says how the first attempt went.
    /// </summary>
    internal static Bus Open(ConnectionOptions connection, BusOptions options)
    {
        options.Check();
        var bus = new Bus(connection, options);
        bus._keeper = ConnectionKeeper.Open(connection, options.Reconnect, bus.ConnectedAsync);
        LiveBuses.Add(bus);
        return bus;
    }

    /// <summary>
    /// Calls the server of a queue and returns its reply: <c>await bus.CallAsync&lt;int&gt;("rpc_queue", 30)</c>. The call ends at its deadline at the
    /// latest. The continuation runs with others of the same batch and never holds up the connection: it may await, compute and even block.
    /// </summary>
    /// <typeparam name="TReply">A scalar, string, byte[] or ReadOnlyMemory&lt;byte&gt;; other types are JSON or in a format of yours, see <see cref="BusOptions.Json"/> and <see cref="BusOptions.Formats"/>.</typeparam>
    /// <exception cref="RpcException">The call ended badly; it says why, and whether the handler ran.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the handler may run all the same.</exception>
    public Task<TReply> CallAsync<TReply>(string queue, Payload request, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        options is { Retry: not null }
            ? CallAgainAsync<TReply>(queue, request, options, cancellationToken)
            : CallOnceAsync<TReply>(queue, request, options, cancellationToken);

    /// <summary>Calls with a request of any type that <see cref="BusOptions.Json"/> describes or one of <see cref="BusOptions.Formats"/> writes.</summary>
    /// <inheritdoc cref="CallAsync{TReply}(string, Payload, CallOptions?, CancellationToken)"/>
    public Task<TReply> CallAsync<TRequest, TReply>(string queue, TRequest request, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync<TReply>(queue, Codec.Encode(request), options, cancellationToken);

    /// <summary>Calls with octets and returns the reply's octets, untouched both ways.</summary>
    /// <inheritdoc cref="CallAsync{TReply}(string, Payload, CallOptions?, CancellationToken)"/>
    public Task<ReadOnlyMemory<byte>> CallAsync(string queue, ReadOnlyMemory<byte> request, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync<ReadOnlyMemory<byte>>(queue, request, options, cancellationToken);

    /// <summary>Ends the calls under way, closes the connection and makes no other. Dispose servers first if their handlers should finish.</summary>
    public async ValueTask DisposeAsync()
    {
        LiveBuses.Remove(this);
        _attachments.Close();
        _calls.Close();
        _directCalls?.Close();
        _safeCalls.Close();
        _oneWayCalls.Close();
        await Options.Time.ClosingAsync(_keeper.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    ValueTask<AmqpConnection> IBusConnection.GetConnectionAsync(CancellationToken cancellationToken) => _keeper.GetAsync(cancellationToken);

    async Task IBusConnection.AttachAsync(IAttachment attachment, CancellationToken cancellationToken)
    {
        while (!await _attachments.AddAsync(attachment, await _keeper.GetAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false))
        {
            // That connection was lost in the middle of it; the keeper has the next one, or the reason why there is none.
        }
    }

    Task IBusConnection.DetachAsync(IAttachment attachment) => _attachments.RemoveAsync(attachment);

    void IBusConnection.Restore(IAttachment attachment)
    {
        if (_keeper.Current is { } connection)
            _attachments.Restore(attachment, connection);
    }

    internal Task<RpcServer> ServeAsync(Queue queue, RequestHandler handler, ServeOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return ServeAsync([new ServedQueue(new CallAddress(queue.Name, isContract: false), queue)], handler, options, cancellationToken);
    }

    internal async Task<RpcServer> ServeAsync(IReadOnlyList<ServedQueue> queues, RequestHandler handler, ServeOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ServeOptions();
        options.Check();
        var server = new RpcServer(this, queues, handler, options, Options.Time, Counters, _log);
        await ((IBusConnection)this).AttachAsync(server, cancellationToken).ConfigureAwait(false);
        Counters.ServerStarted(server.Statistics);
        return server;
    }

    internal Task<TReply> CallAsync<TReply>(RpcContract contract, RpcMethod<TReply> method, Payload arguments, CallOptions options, CancellationToken cancellationToken) =>
        options.Mode == CallMode.Safe
            ? _safeCalls.CallAsync(contract.Name, method, arguments, options, cancellationToken)
            : (_directCalls ?? _calls).CallAsync(contract, method, arguments, options, cancellationToken);

    /// <summary>Calls an address that is not remembered.</summary>
    internal Task<TReply> CallAsync<TReply>(CallAddress address, Payload request, CallOptions options, CancellationToken cancellationToken) =>
        _calls.CallAsync<TReply>(address, request, options, cancellationToken);

    internal Task<RpcVoid> SendOneWayAsync(RpcContract contract, RpcMethod method, Payload arguments, CallOptions options, CancellationToken cancellationToken) =>
        _oneWayCalls.SendAsync(contract, method, arguments, options, cancellationToken);

    internal PendingStream<TItem> OpenStream<TItem>(RpcContract contract, RpcMethod<TItem> method, Payload arguments, CallOptions options, bool takesOne = false) =>
        _calls.OpenStream(contract, method, arguments, options, takesOne);

    internal PendingScatter<TReply> Scatter<TReply>(string service, RpcMethod<TReply>? method, string word, Payload body, CallOptions? options) =>
        _calls.Scatter(service, method, word, body, options);

    private async Task ConnectedAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        await _attachments.AttachAllAsync(connection, cancellationToken).ConfigureAwait(false);
        if (_wasConnected)
            CallMetrics.Reconnected(connection.Endpoint);
        _wasConnected = true;
    }

    // Apart from the others: what a lambda captures is allocated at the start of its method, needed or not.
    private Task<TReply> CallAgainAsync<TReply>(string queue, Payload request, CallOptions options, CancellationToken cancellationToken) =>
        new RetriedCall(queue, null, options.IsIdempotent, options, Options).RunAsync(attempt => CallOnceAsync<TReply>(queue, request, attempt, cancellationToken), cancellationToken);

    private Task<TReply> CallOnceAsync<TReply>(string queue, Payload request, CallOptions? options, CancellationToken cancellationToken) =>
        options is { Mode: CallMode.Safe }
            ? _safeCalls.CallAsync<TReply>(queue, request, options, cancellationToken)
            : (_directCalls ?? _calls).CallAsync<TReply>(queue, request, options, cancellationToken);
}
