using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Sends calls as fast as they go: no confirm, no second attempt, and what was on its way when the connection is lost ends with its outcome. A
/// call's fast path: a slot, the frames, done; the reply ends it on a runner. Everything that has to wait (for a connection, a slot, room in
/// the socket, the question whether anybody serves) is in <see cref="SendLaterAsync"/>, and the deadline ends the call from the outside wherever it is.
/// </summary>
internal sealed class FastCalls : IAttachment, ICallSender
{
    private readonly IBusConnection _bus;
    private readonly TimeProvider _time;
    private readonly CallTable _table;
    private readonly CallAddresses _queues = new(areContracts: false);
    private readonly CallAddresses _contracts = new(areContracts: true);
    private readonly QueueProbe _probe;
    private readonly ServerControl _control;
    private readonly Lock _gate = new();
    private FastLink? _link; // Written under _gate, read by any thread through Volatile.
    private TaskCompletionSource _linkChanged = new(TaskCreationOptions.RunContinuationsAsynchronously); // Guarded by _gate.
    private Task? _attached; // Guarded by _gate.

    public FastCalls(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters, ServerControl control)
    {
        _bus = bus;
        _time = options.Time;
        _control = control;
        _table = new CallTable(this, options, codec, counters);
        _probe = new QueueProbe(_time);
    }

    public int PendingCount => _table.Pending.Count;

    private Counters Counters => _table.Counters;

    /// <summary>Calls the server of a queue.</summary>
    public Task<TReply> CallAsync<TReply>(string queue, in Payload request, CallOptions? options, CancellationToken cancellationToken) =>
        CallAsync<TReply>(_queues.Get(queue), null, request, options, cancellationToken);

    /// <summary>Calls a method of a contract.</summary>
    public Task<TReply> CallAsync<TReply>(RpcContract contract, RpcMethod<TReply> method, in Payload arguments, CallOptions? options, CancellationToken cancellationToken) =>
        CallAsync(AddressOf(contract), method, arguments, options, cancellationToken);

    /// <summary>Calls a method that streams.</summary>
    public PendingStream<TItem> OpenStream<TItem>(RpcContract contract, RpcMethod<TItem> method, in Payload arguments, CallOptions options)
    {
        var address = AddressOf(contract);
        var now = _time.GetTimestamp();
        var stream = new PendingStream<TItem>(_table, _control, address, method, CallTelemetry.Start(address, method), now, _table.DeadlineOf(options, now));
        Send(stream, arguments, options.WaitForServer, attempt: 1);
        return stream;
    }

    /// <summary>Calls all instances of a service at once, or asks them something.</summary>
    /// <param name="service">The service's address; <see cref="ContractTopology.Everyone"/> for all services.</param>
    /// <param name="method">The contract's method; null for a question.</param>
    /// <param name="word">What the message is, as <see cref="ControlMessage"/> has it.</param>
    /// <param name="body">Arguments.</param>
    /// <param name="options">The time within which replies count.</param>
    public PendingScatter<TReply> Scatter<TReply>(string service, RpcMethod<TReply>? method, string word, Payload body, CallOptions? options)
    {
        var address = _contracts.Get(service);
        var now = _time.GetTimestamp();
        var call = new PendingScatter<TReply>(_table, address, method, CallTelemetry.Start(address, method), now, _table.DeadlineOf(options, now));
        _table.Start(call, link: null);
        _ = ScatterAsync(call, word, body);
        return call;
    }

    private async Task ScatterAsync<TReply>(PendingScatter<TReply> call, string word, Payload body)
    {
        try
        {
            if (!call.HasSlot)
                await _table.Pending.ParkAsync(call).ConfigureAwait(false);
            if (await GetLinkAsync(call).ConfigureAwait(false) is not { } link || !_table.Pending.TryClaim(call, link))
                return;
            var left = Math.Max(1, (int)_time.GetElapsedTime(_time.GetTimestamp(), call.Deadline).TotalMilliseconds);
            var properties = ControlMessage.ToAll(word, call, link.ReplyTo, body.ContentType, left, _time.GetUtcNow().ToUnixTimeMilliseconds());
            await _control.TellAsync(link.Connection, ContractTopology.Control, call.Address.RoutingKey, properties, body.ToOctets()).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, StatusOf(e), RpcOutcome.NotExecuted, e.Message, e));
        }
    }

    private CallAddress AddressOf(RpcContract contract)
    {
        var address = _contracts.Get(contract.Name);
        address.GivesOnce = contract.Queue == ContractQueue.Quorum;
        return address;
    }

    private Task<TReply> CallAsync<TReply>(CallAddress address, RpcMethod<TReply>? method, in Payload request, CallOptions? options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);
        var now = _time.GetTimestamp();
        var call = new PendingCall<TReply>(_table, address, method, CallTelemetry.Start(address, method), now, _table.DeadlineOf(options, now));
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        Send(call, request, options is not null && options.WaitForServer, options?.Attempt ?? 1);
        return call.Task;
    }

    private void Send(IPendingCall call, in Payload request, bool waitForServer, int attempt)
    {
        var link = ReadyLink(call.Address, waitForServer);
        _table.Start(call, link);
        if (!call.HasSlot || link is null || !TryPublish(call, link, request, call.Started, attempt))
            _ = SendLaterAsync(call, request, waitForServer, attempt);
    }

    // The link to send by right now; null when something has to be waited for first.
    private FastLink? ReadyLink(CallAddress address, bool waitForServer)
    {
        var link = Volatile.Read(ref _link);
        return link is null || (!address.HasServer && !waitForServer) || !link.Requests.HasRoom || link.Connection.IsBlocked || (address.IsContract && !link.Replies.GetsNotices)
            ? null
            : link;
    }

    // The call has claimed the link before: if it ends at this moment, it is among those that may have been executed.
    private bool TryPublish(IPendingCall call, FastLink link, in Payload request, long now, int attempt)
    {
        var left = _time.GetElapsedTime(now, call.Deadline).TotalMilliseconds;
        var properties = new RequestProperties(
            request.ContentType, call.Id, link.ReplyTo, Math.Max(1, (int)left), _time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Attempt = attempt,
            Method = call.Method?.EncodedName ?? default,
            WantsNotice = call.Address.IsContract,
            Credit = call.Credit,
            Trace = TraceHeaders.Of(call.Span),
        };
        try
        {
            call.Position = request.Publish(link.Requests, new BasicPublish(call.Address.Exchange, call.Address.RoutingKey, Mandatory: true), properties);
            return true;
        }
        catch (AmqpException) // Channel or connection are closed, nothing was written.
        {
            call.Link = null;
            Drop(link);
            return false;
        }
    }

    private async Task SendLaterAsync(IPendingCall call, Payload request, bool waitForServer, int attempt)
    {
        try
        {
            if (!call.HasSlot)
                await _table.Pending.ParkAsync(call).ConfigureAwait(false);
            while (!call.Completion.IsCompleted)
            {
                if (await GetLinkAsync(call).ConfigureAwait(false) is not { } link)
                    return;
                if (link.Connection.IsBlocked)
                    await UnblockedAsync(link.Connection, call).ConfigureAwait(false);
                else if (!link.Requests.HasRoom)
                    await Waiting.OrEndAsync(link.Requests.WaitForRoomAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
                else if (call.Address.IsContract && !link.Replies.GetsNotices)
                    await Waiting.OrEndAsync(link.Replies.BindNoticesAsync(), call).ConfigureAwait(false);
                else if (!waitForServer && !call.Address.HasServer && await HasNoServerAsync(link, call).ConfigureAwait(false))
                    return;
                else if (ReadyLink(call.Address, waitForServer) is { } ready && (!_table.Pending.TryClaim(call, ready) || TryPublish(call, ready, request, _time.GetTimestamp(), attempt)))
                    return; // Sent, or ended by somebody else.
            }
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, StatusOf(e), RpcOutcome.NotExecuted, e.Message, e));
        }
    }

    // The present link, or the next one; null when the call ended meanwhile.
    private async Task<FastLink?> GetLinkAsync(IPendingCall call)
    {
        while (!call.Completion.IsCompleted)
        {
            Task changed;
            lock (_gate)
            {
                if (_link is { } link)
                    return link;
                changed = _linkChanged.Task;
                if (_attached is null or { IsFaulted: true })
                    _attached = _bus.AttachAsync(this, CancellationToken.None);
            }
            // A connection that was given up faults here, and so ends the call with the reason.
            await Waiting.OrEndAsync(_attached, call).ConfigureAwait(false);
            await Waiting.OrEndAsync(_bus.GetConnectionAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
            if (Volatile.Read(ref _link) is null)
                await Waiting.OrEndAsync(changed, call).ConfigureAwait(false);
        }
        return null;
    }

    private static async Task UnblockedAsync(AmqpConnection connection, IPendingCall call)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Changed(bool blocked, string reason) => changed.TrySetResult();
        connection.BlockedChanged += Changed;
        if (connection.IsBlocked && connection.IsOpen)
            await Task.WhenAny(changed.Task, connection.Closed, call.Completion).ConfigureAwait(false);
        connection.BlockedChanged -= Changed;
    }

    // Asks whether anybody serves; ends the call when certainly nobody does.
    private async Task<bool> HasNoServerAsync(FastLink link, IPendingCall call)
    {
        var asking = _probe.AskAsync(link.Connection, call.Address);
        await Waiting.OrEndAsync(asking, call).ConfigureAwait(false);
        if (!asking.IsCompletedSuccessfully)
            return true; // The call has ended.
        var state = await asking.ConfigureAwait(false);
        if (!state.HasNoServer)
            return false;
        _table.TryEnd(call, _table.Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, state.DescribeNoServer(call.Address.Name)));
        return true;
    }

    private void Returned(in InboundReturn returned)
    {
        if (!CorrelationId.TryRead(returned.Properties.CorrelationId.Span, out var id) || _table.Pending.Take(id, CallEnd.GivenUp, out _) is not { } call)
            return;
        Counters.Returned();
        call.Address.HasServer = false;
        _table.End(call, _table.Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"no server: queue {call.Address.Name} does not exist ({(int)returned.ReplyCode} {returned.ReplyText})"));
    }

    void ICallSender.Cancelled(IPendingCall call) => _control.Cancel(call.Link!, call);

    void ICallSender.ExpiresSoon(IPendingCall call)
    {
        if (call.Link is { } link && link.Connection.IsOpen)
            _ = _probe.AskAsync(link.Connection, call.Address);
    }

    RpcException ICallSender.WhyDropped(IPendingCall call, DeathNotice notice) => Dropped.Explain(_table, call, notice);

    RpcException ICallSender.WhyExpired(IPendingCall call)
    {
        var timeout = RpcException.Show(_time.GetElapsedTime(call.Started, call.Deadline));
        if (call.Link is null)
        {
            return call.HasSlot
                ? _table.Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"not sent within {timeout}: {WhyNotSent()}")
                : _table.Explain(call, RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, $"not sent within {timeout}: {_table.Pending.Limit} calls are under way, which is the limit (BusOptions.MaxPendingCalls)");
        }
        QueueState state;
        lock (call.Address)
            state = call.Address.StateAt >= call.Deadline - _table.ToTicks(CallTable.WarningTime * 2) ? call.Address.State : default;
        if (state.HasNoServer)
            call.Address.HasServer = false; // The next call is told at once.
        return _table.Explain(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted, $"no reply after {timeout}: {state.Describe(call.Address.Name)}");
    }

    private string WhyNotSent()
    {
        if (Volatile.Read(ref _link) is not { } link)
            return "there is no connection to the broker";
        if (link.Connection.BlockedReason is { } reason)
            return $"the broker takes no messages at present ({reason})";
        return link.Requests.HasRoom ? "the broker did not answer" : "the broker does not read from the connection";
    }

    private static RpcStatus StatusOf(Exception reason) => reason switch
    {
        AccessRefusedException => RpcStatus.Unauthenticated,
        ChannelClosedException { ReplyCode: ReplyCode.AccessRefused } => RpcStatus.PermissionDenied,
        _ => RpcStatus.Unavailable,
    };

    // On every connection: the reply queue is consumed first, then requests may go.
    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var receiving = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        // Exclusive: nobody else can read it, and it goes with the connection. Auto-delete: it goes with its channel too.
        var declared = await receiving.DeclareQueueAsync(exclusive: true, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        var replies = new ReplyQueue(this, _table, connection, declared.Queue.ToOwned());
        await receiving.ConsumeAsync(declared.Queue.ToString(), replies, new ConsumeOptions { NoAck = true, Exclusive = true }, cancellationToken).ConfigureAwait(false);
        _queues.Forget();
        _contracts.Forget();
        Open(await OpenRequestsAsync(connection, replies, cancellationToken).ConfigureAwait(false));
    }

    private async Task<FastLink> OpenRequestsAsync(AmqpConnection connection, ReplyQueue replies, CancellationToken cancellationToken)
    {
        var requests = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        requests.Returns = Returned;
        return new FastLink(replies, requests);
    }

    private void Open(FastLink link)
    {
        lock (_gate)
        {
            Volatile.Write(ref _link, link);
            _linkChanged.TrySetResult();
            _linkChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    // The request channel alone is gone (a request that the broker would not take): the reply queue stays, and so do the calls under way.
    private void Drop(FastLink link)
    {
        lock (_gate)
        {
            if (_link != link)
                return;
            Volatile.Write(ref _link, null);
        }
        if (link.Connection.IsOpen)
            _ = ReopenAsync(link);
    }

    private async Task ReopenAsync(FastLink link)
    {
        try
        {
            Open(await OpenRequestsAsync(link.Connection, link.Replies, CancellationToken.None).ConfigureAwait(false));
        }
        catch (AmqpException)
        {
            // Then the connection is on its way out, and the next one brings a new link.
        }
    }

    /// <summary>No reply will come any more: everything that was sent ends now, with what is known of it. On the reading thread.</summary>
    public void RepliesEnded(ReplyQueue replies, Exception? reason)
    {
        FastLink? link;
        lock (_gate)
        {
            link = _link?.Replies == replies ? _link : null;
            if (link is not null)
                Volatile.Write(ref _link, null);
        }
        var lost = new List<IPendingCall>();
        _table.Pending.TakeAll(replies, lost);
        foreach (var call in lost)
        {
            var outcome = call.Link!.Requests.WasSent(call.Position) ? RpcOutcome.MaybeExecuted : RpcOutcome.NotExecuted;
            _table.End(call, _table.Explain(call, RpcStatus.Unavailable, outcome, reason?.Message ?? "the reply queue was closed", reason));
        }
        Counters.Lost(lost.Count);
        if (link is not null && link.Connection.IsOpen && reason is not null)
            _bus.Restore(this);
    }

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close() => _table.Close();

    public override string ToString() => "the reply queue";
}
