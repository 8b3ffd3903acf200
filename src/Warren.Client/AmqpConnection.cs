using Microsoft.Extensions.Logging;
using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// A connection to one broker (AMQP 0-9-1 section 2.2.4). Made by <see cref="ConnectAsync(string, CancellationToken)"/>, used from any
/// thread, and never made again by itself: see <see cref="ConnectionKeeper"/> for one that is.
/// </summary>
public sealed class AmqpConnection : IAsyncDisposable, IFrameSink
{
    private readonly ITransport _transport;
    private readonly Receiver _receiver;
    private readonly ClientHandshake _handshake;
    private readonly ChannelTable _channels;
    private readonly TaskCompletionSource<ConnectionClosedException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _log;
    private Exception? _fault; // Why it ended; the first reason stays.
    private bool _closing;     // This side has sent connection.close.

    private AmqpConnection(ConnectionOptions options, AmqpEndpoint endpoint, ITransport transport)
    {
        Options = options;
        Endpoint = endpoint;
        _transport = transport;
        _log = options.LoggerFactory.CreateLogger<AmqpConnection>();
        _receiver = new Receiver(this);
        _handshake = new ClientHandshake(options);
        _channels = new ChannelTable(this);
        Outbox = new Outbox(transport, options.OutboundLimit, Fail);
        Heartbeat = new Heartbeat(this);
    }

    /// <summary>Raised on a pool thread when the broker stops reading because of an alarm, with its reason, and when it reads again.</summary>
    public event Action<bool, string>? BlockedChanged;

    /// <summary>How it was made.</summary>
    public ConnectionOptions Options { get; }

    /// <summary>The endpoint that answered.</summary>
    public AmqpEndpoint Endpoint { get; }

    /// <summary>What the broker said of itself in connection.start.</summary>
    public FieldTable ServerProperties => _handshake.ServerProperties;

    /// <summary>True until it is closed from either side.</summary>
    public bool IsOpen => Volatile.Read(ref _fault) is null && !Volatile.Read(ref _closing);

    /// <summary>True while the broker does not read from this connection because of an alarm.</summary>
    public bool IsBlocked => BlockedReason is not null;

    /// <summary>Why it is blocked, in the broker's words; null when it is not.</summary>
    public string? BlockedReason { get; private set; }

    /// <summary>Completes when the connection has ended, whoever ended it. Never faults.</summary>
    public Task<ConnectionClosedException> Closed => _closed.Task;

    internal Outbox Outbox { get; }

    internal Heartbeat Heartbeat { get; }

    /// <summary>The replies under way to this connection, as far as whoever calls tells.</summary>
    internal ExpectedReplies Expected => _receiver.Expected;

    /// <summary>The settled frame-max in octets.</summary>
    internal int FrameMax => _handshake.FrameMax;

    internal ILogger Log => _log;

    /// <summary>Connects; see <see cref="ConnectionOptions.Parse"/> for the URI.</summary>
    /// <exception cref="FormatException">The text is not an AMQP URI.</exception>
    /// <exception cref="AccessRefusedException">Wrong user or password, or no such virtual host.</exception>
    /// <exception cref="ConnectFailedException">No endpoint could be reached.</exception>
    public static Task<AmqpConnection> ConnectAsync(string uri, CancellationToken cancellationToken = default) =>
        ConnectAsync(ConnectionOptions.Parse(uri), cancellationToken);

    /// <summary>Connects to the first endpoint that answers.</summary>
    /// <exception cref="AccessRefusedException">Wrong user or password, or no such virtual host.</exception>
    /// <exception cref="ConnectFailedException">No endpoint could be reached.</exception>
    public static async Task<AmqpConnection> ConnectAsync(ConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new List<string>();
        Exception? last = null;
        foreach (var endpoint in options.Endpoints)
        {
            using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            try
            {
                return await ConnectAsync(options, endpoint, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not AccessRefusedException && !cancellationToken.IsCancellationRequested)
            {
                last = e;
                failures.Add($"{endpoint}: {(e is OperationCanceledException ? $"no answer within {options.ConnectTimeout.TotalSeconds:0.#} s" : e.Message)}");
            }
        }
        cancellationToken.ThrowIfCancellationRequested();
        throw new ConnectFailedException($"Cannot connect. {string.Join("; ", failures)}. Is a broker running there?", last);
    }

    /// <summary>Opens a channel.</summary>
    /// <exception cref="ConnectionClosedException">The connection is closed.</exception>
    /// <exception cref="AmqpException">As many channels are open as broker and client agreed on.</exception>
    public async Task<AmqpChannel> OpenChannelAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        var channel = _channels.Add();
        await channel.OpenAsync(cancellationToken).ConfigureAwait(false);
        return channel;
    }

    /// <summary>Sends what waits, tells the broker, and waits for its answer; at most as long as a request may take.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (IsOpen)
        {
            Volatile.Write(ref _closing, true);
            Send(0, new ConnectionClose((ushort)ReplyCode.ReplySuccess, "Goodbye"));
        }
        try
        {
            await Closed.WaitAsync(Options.RequestTimeout, Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            Fail(e);
        }
    }

    /// <inheritdoc cref="CloseAsync"/>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    void IFrameSink.Received(in Frame frame, ReceiveBuffer buffer)
    {
        Heartbeat.Received();
        if (frame.Channel == 0)
            ReceiveOnConnection(frame);
        else
            _channels.Find(frame.Channel).Inbox.Receive(frame, buffer);
    }

    void IFrameSink.EndBatch() => _channels.EndBatch();

    void IFrameSink.Refused(ProtocolException error)
    {
        Send(0, new ConnectionClose((ushort)error.ReplyCode, error.ReplyCode.ReplyText(error.Message)));
        Fail(new ConnectionClosedException(error.ReplyCode, $"The broker broke the protocol: {error.Message}", MethodId.None, error));
    }

    void IFrameSink.Ended(Exception? failure)
    {
        if (failure is not (null or IOException or ObjectDisposedException))
            Client.Log.ReceivingFailed(_log, failure, Options.ConnectionName);
        Fail(failure ?? new IOException("the other side closed the connection"));
        _transport.Dispose();
    }

    internal void Send<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        lock (Outbox.Gate)
        {
            if (Outbox.IsClosed)
                return;
            var before = Outbox.Pending.Length;
            Outbox.Pending.WriteMethod(channel, method);
            Outbox.Commit(before);
        }
        Outbox.Push();
    }

    internal void SendHeartbeat()
    {
        lock (Outbox.Gate)
        {
            if (Outbox.IsClosed)
                return;
            var before = Outbox.Pending.Length;
            Outbox.Pending.WriteHeartbeat();
            Outbox.Commit(before);
        }
        Outbox.Flush();
    }

    internal void ThrowIfClosed()
    {
        if (Volatile.Read(ref _fault) is { } fault)
            throw AsClosed(fault);
        if (Volatile.Read(ref _closing))
            throw new ConnectionClosedException(ReplyCode.ReplySuccess, "The connection was closed by this side.");
    }

    /// <summary>Ends the connection at once with this reason, unless it has one already.</summary>
    internal void Fail(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _fault, reason, null) is not null)
            return;
        Outbox.Close();
        _transport.Abort();
        Heartbeat.Stop();
        var closed = AsClosed(reason);
        if (!_closing && _handshake.Completion.IsCompletedSuccessfully) // Before that the caller gets the reason as an exception.
            Client.Log.ConnectionLost(_log, Options.ConnectionName, Endpoint.ToString(), closed.Message);
        _handshake.Fail(reason);
        _channels.FailAll(closed);
        _closed.TrySetResult(closed);
    }

    private static async Task<AmqpConnection> ConnectAsync(ConnectionOptions options, AmqpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var transport = await Connector.ConnectAsync(options, endpoint, cancellationToken).ConfigureAwait(false);
        var connection = new AmqpConnection(options, endpoint, transport);
        await using (cancellationToken.Register(() => connection.Fail(new OperationCanceledException(cancellationToken))).ConfigureAwait(false))
            await connection.StartAsync().ConfigureAwait(false);
        return connection;
    }

    private async Task StartAsync()
    {
        _transport.Start(_receiver);
        lock (Outbox.Gate)
        {
            Outbox.Pending.WriteRaw(FrameBuffer.ProtocolHeader);
            Outbox.Commit(0);
        }
        Outbox.Flush();
        await _handshake.Completion.ConfigureAwait(false);
        Heartbeat.Start(_handshake.Heartbeat);
    }

    private void ReceiveOnConnection(in Frame frame)
    {
        if (frame.Type == FrameType.Heartbeat)
            return;
        if (frame.Type != FrameType.Method)
            throw new ProtocolException(ReplyCode.UnexpectedFrame, $"a {frame.Type} frame on channel 0");
        var payload = frame.Payload;
        switch (MethodPayload.ReadId(payload))
        {
            case MethodId.ConnectionClose:
                ReceiveClose(MethodPayload.Read<ConnectionClose>(payload));
                break;
            case MethodId.ConnectionCloseOk:
                Fail(new ConnectionClosedException(ReplyCode.ReplySuccess, "The connection was closed by this side."));
                break;
            case MethodId.ConnectionBlocked:
                SetBlocked(MethodPayload.Read<ConnectionBlocked>(payload).Reason.ToString());
                break;
            case MethodId.ConnectionUnblocked:
                SetBlocked(null);
                break;
            case var id:
                _handshake.Receive(id, payload, this);
                _receiver.FrameMax = _handshake.FrameMax;
                _channels.Max = _handshake.ChannelMax;
                break;
        }
    }

    private void ReceiveClose(in ConnectionClose close)
    {
        Send(0, default(ConnectionCloseOk));
        Outbox.Flush();
        var code = (ReplyCode)close.ReplyCode;
        var text = close.ReplyText.ToString();
        // Refused before it was open: trying the next endpoint would not help.
        var refused = !_handshake.Completion.IsCompleted && code is ReplyCode.AccessRefused or ReplyCode.NotAllowed;
        Fail(refused ? new AccessRefusedException(code, text) : new ConnectionClosedException(code, text, close.Cause()));
    }

    private void SetBlocked(string? reason)
    {
        BlockedReason = reason;
        Outbox.Hold(reason is not null);
        if (BlockedChanged is { } changed)
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.changed(state.reason is not null, state.reason ?? ""), (changed, reason), preferLocal: false);
    }

    private static ConnectionClosedException AsClosed(Exception reason) => reason switch
    {
        ConnectionClosedException closed => closed,
        AccessRefusedException refused => new ConnectionClosedException(refused.ReplyCode, refused.Message, MethodId.None, refused),
        _ => new ConnectionClosedException(ReplyCode.None, $"The connection was lost: {reason.Message}", MethodId.None, reason),
    };
}
