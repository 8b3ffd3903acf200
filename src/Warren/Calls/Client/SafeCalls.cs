using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Sends calls that survive what breaks on their way. The request is persistent and confirmed, and sent again under the same id until it is; the
/// reply queue is durable and outlives the connection, so a reply waits there until we are back. Only the deadline ends such a call without an answer.
/// </summary>
internal sealed class SafeCalls : IAttachment, ICallSender
{
    /// <summary>What follows a contract's address in the name of its queue for Safe calls: other than Fast ones they may be delivered again.</summary>
    public const string QueueSuffix = ".safe";

    private readonly IBusConnection _bus;
    private readonly BusOptions _options;
    private readonly ServerControl _control;
    private readonly CallTable _table;
    private readonly QueueProbe _probe;
    private readonly CallAddresses _queues = new(areContracts: false);
    private readonly CallAddresses _contracts = new(areContracts: true);
    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly ShortString _replyQueue;
    private readonly Lock _gate = new();
    private CallLink? _link; // Guarded by _gate, as everything below.
    private TaskCompletionSource _linkChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _attached;
    private TaskCompletionSource _repliesLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasReplyQueue;

    public SafeCalls(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters, ServerControl control)
    {
        _bus = bus;
        _options = options;
        _control = control;
        _table = new CallTable(this, options, codec, counters);
        _probe = new QueueProbe(options.Time);
        _replyQueue = "warren.reply." + _id;
    }

    public int PendingCount => _table.Pending.Count;

    private Task RepliesLost
    {
        get
        {
            lock (_gate)
                return _repliesLost.Task;
        }
    }

    public Task<TReply> CallAsync<TReply>(string queue, in Payload request, CallOptions options, CancellationToken cancellationToken) =>
        CallAsync<TReply>(_queues.Get(queue), null, request, options, cancellationToken);

    public Task<TReply> CallAsync<TReply>(string contract, RpcMethod<TReply> method, in Payload arguments, CallOptions options, CancellationToken cancellationToken) =>
        CallAsync(_contracts.Get(contract + QueueSuffix), method, arguments, options, cancellationToken);

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close() => _table.Close();

    public override string ToString() => "the reply queue of Safe calls";

    private Task<TReply> CallAsync<TReply>(CallAddress address, RpcMethod<TReply>? method, in Payload request, CallOptions options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);
        var now = _options.Time.GetTimestamp();
        var call = new PendingCall<TReply>(_table, address, method, CallTelemetry.Start(address, method), now, _table.DeadlineOf(options, now));
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        _table.Start(call, link: null);
        _ = SendAsync(call, request);
        return call.Task;
    }

    // Until the broker has confirmed it; from then on the reply queue is all that matters, and only when that is lost the request goes out again.
    private async Task SendAsync(IPendingCall call, Payload request)
    {
        try
        {
            if (!call.HasSlot)
                await _table.Pending.ParkAsync(call).ConfigureAwait(false);
            var body = request.ToOctets();
            for (var attempt = 1; !call.Completion.IsCompleted; attempt++)
            {
                if (await GetLinkAsync(call).ConfigureAwait(false) is not { } link || !_table.Pending.TryClaim(call, link))
                    return;
                var lost = RepliesLost;
                if (await TryPublishAsync(call, link, request.ContentType, body, attempt).ConfigureAwait(false))
                    await Task.WhenAny(lost, call.Completion).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, RpcStatus.Unavailable, call.Link is null ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted, e.Message, e));
        }
    }

    // True when it is confirmed, refused, or ended by somebody else. False when the connection was lost: once more.
    private async Task<bool> TryPublishAsync(IPendingCall call, CallLink link, ContentType? contentType, ReadOnlyMemory<byte> body, int attempt)
    {
        var left = _options.Time.GetElapsedTime(_options.Time.GetTimestamp(), call.Deadline).TotalMilliseconds;
        var properties = new RequestProperties(contentType, call.Id, link.ReplyTo, Math.Max(1, (int)left), _options.Time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Attempt = attempt,
            Method = call.Method?.EncodedName ?? default,
            WantsNotice = call.Address.IsContract,
            MessageId = $"{_id}-{call.Id}",
            Trace = TraceHeaders.Of(call.Span),
        };
        try
        {
            var publishing = link.Requests.PublishConfirmedAsync(new BasicPublish(call.Address.Exchange, call.Address.RoutingKey, Mandatory: true), properties, body, CancellationToken.None);
            await Waiting.OrEndAsync(publishing, call).ConfigureAwait(false);
            return true;
        }
        catch (PublishNackedException)
        {
            // Full, or between two leaders: the broker does not say which, and a while later it may take it.
            call.Refusals++;
            await Waiting.OrEndAsync(Task.Delay(Refusals.DelayAfter(attempt), _options.Time), call).ConfigureAwait(false);
            return false;
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.AccessRefused)
        {
            _table.TryEnd(call, _table.Explain(call, RpcStatus.PermissionDenied, OutcomeOfRefusal(attempt), e.Message));
            return true;
        }
        catch (AmqpException)
        {
            Drop(link);
            return false;
        }
    }

    // A request that an earlier attempt may have brought to the broker can be executed, whatever becomes of this one.
    private static RpcOutcome OutcomeOfRefusal(int attempt) => attempt == 1 ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted;

    // Comes before the confirm. Matched by its id and not by its octets: the broker has taken the hidden copy's header off.
    private void Returned(in InboundReturn returned)
    {
        if (!CorrelationId.TryRead(returned.Properties.CorrelationId.Span, out var id) || _table.Pending.Take(id, CallEnd.GivenUp, out _) is not { } call)
            return;
        _table.Counters.Returned();
        var attempt = returned.Properties.Headers.TryGet(RpcHeaders.Attempt, out var value) && value.TryGetInteger(out var number) ? (int)number : 1;
        var detail = $"no server: queue {call.Address.Name} does not exist ({(int)returned.ReplyCode} {returned.ReplyText})";
        _table.End(call, _table.Explain(call, RpcStatus.Unavailable, OutcomeOfRefusal(attempt), detail));
    }

    private async Task<CallLink?> GetLinkAsync(IPendingCall call)
    {
        while (!call.Completion.IsCompleted)
        {
            Task changed;
            lock (_gate)
            {
                if (_link is { Requests.IsOpen: true } link)
                    return link;
                changed = _linkChanged.Task;
                if (_attached is null or { IsFaulted: true })
                    _attached = _bus.AttachAsync(this, CancellationToken.None);
            }
            await Waiting.OrEndAsync(_attached, call).ConfigureAwait(false);
            await Waiting.OrEndAsync(_bus.GetConnectionAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
            await Waiting.OrEndAsync(changed, call).ConfigureAwait(false);
        }
        return null;
    }

    // On every connection: first the reply queue with its consumer, so that no reply finds nobody; then requests may go.
    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var isNew = !await HasReplyQueueAsync(connection, cancellationToken).ConfigureAwait(false);
        var receiving = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        var arguments = FieldTable.Create(("x-expires", (long)_options.ReplyQueueExpiry.TotalMilliseconds), ("x-queue-type", "quorum"));
        await receiving.DeclareQueueAsync(_replyQueue.ToString(), durable: true, arguments: arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        await ContractTopology.DeclareAsync(receiving, cancellationToken).ConfigureAwait(false);
        await ContractTopology.BindNoticesAsync(receiving, _replyQueue.ToString(), cancellationToken).ConfigureAwait(false);
        var replies = new SafeReplies(this, _table, receiving);
        await receiving.ConsumeAsync(_replyQueue.ToString(), replies, new ConsumeOptions(), cancellationToken).ConfigureAwait(false);
        var requests = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        requests.Returns = Returned;
        await requests.EnableConfirmsAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _link = new CallLink(_replyQueue, requests);
            _linkChanged.TrySetResult();
            _linkChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (isNew && _hasReplyQueue)
            {
                _repliesLost.TrySetResult();
                _repliesLost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            _hasReplyQueue = true;
        }
    }

    // A reply queue that is gone (deleted, expired, or lost with its broker) has taken replies with it.
    private async Task<bool> HasReplyQueueAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        if (!_hasReplyQueue)
            return false;
        try
        {
            var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
            await channel.DeclareQueuePassiveAsync(_replyQueue.ToString(), cancellationToken).ConfigureAwait(false);
            await channel.CloseAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            return false;
        }
    }

    // The channel is gone: with its connection, and then the next one brings another link; or alone, and then it is set up again.
    private void Drop(CallLink link)
    {
        lock (_gate)
        {
            if (_link != link)
                return;
            _link = null;
        }
        if (link.Connection.IsOpen)
            _bus.Restore(this);
    }

    public void RepliesEnded(AmqpConnection connection, Exception? reason)
    {
        if (reason is null || !connection.IsOpen)
            return;
        lock (_gate)
            _link = null;
        _bus.Restore(this); // The reply queue was deleted, or its channel closed: replies to what is under way may be lost, the deadline tells.
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
        var timeout = RpcException.Show(_options.Time.GetElapsedTime(call.Started, call.Deadline));
        if (call.Link is null)
            return _table.Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"not sent within {timeout}: there was no connection to the broker");
        QueueState state;
        lock (call.Address)
            state = call.Address.State;
        return _table.Explain(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted, $"no reply after {timeout}: {state.Describe(call.Address.Name)}{Refusals.Describe(call.Refusals)}");
    }
}

/// <summary>The replies of Safe calls on one connection, acknowledged once they are in the table.</summary>
internal sealed class SafeReplies(SafeCalls calls, CallTable table, AmqpChannel channel) : IDeliverySink
{
    private ulong _last; // Owned by the reading thread.

    public void Deliver(in InboundDelivery delivery)
    {
        _last = delivery.DeliveryTag;
        table.Receive(delivery);
    }

    public void EndBatch()
    {
        table.Schedule();
        channel.Ack(_last, multiple: true);
    }

    public void End(Exception? reason) => calls.RepliesEnded(channel.Connection, reason);
}
