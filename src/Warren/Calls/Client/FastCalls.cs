using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Sends calls as fast as they go: no confirm, no second attempt, and what was on its way when the connection is lost ends with its outcome. A
/// call's fast path: a slot, the frames, done; the reply ends it on a runner. Everything that has to wait (for a connection, a slot, room in
/// the socket, the question whether anybody serves) is in <see cref="SendLaterAsync"/>, and the deadline ends the call from the outside wherever it is.
/// </summary>
internal sealed class FastCalls : ILinkOwner<FastLink>, ICallSender
{
    // Replies come to the channel that the request left by, and by no queue.
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    private readonly IBusConnection _bus;
    private readonly bool _isDirect;
    private readonly TimeProvider _time;
    private readonly CallTable _table;
    private readonly CallAddresses _queues = new(areContracts: false);
    private readonly CallAddresses _contracts = new(areContracts: true);
    private readonly CallAddresses _free = new(areContracts: true, onlyIfFree: true);
    private readonly QueueProbe _probe;
    private readonly ServerControl _control;
    private readonly SizeLimit _sizes = new();
    private readonly RefusedRequests _refused;
    private readonly CurrentLink<FastLink> _links;
    private ReplyQueue? _replies; // Written by whoever attaches, one at a time.

    public FastCalls(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters, ServerControl control, bool isDirect = false)
    {
        _isDirect = isDirect;
        _bus = bus;
        _time = options.Time;
        _control = control;
        _table = new CallTable(this, options, codec, counters);
        _probe = new QueueProbe(_time);
        _refused = new RefusedRequests(_table, _sizes);
        _links = new CurrentLink<FastLink>(bus, this);
    }

    public int PendingCount => _table.Pending.Count;

    private Counters Counters => _table.Counters;

    /// <summary>Calls the server of a queue.</summary>
    public Task<TReply> CallAsync<TReply>(string queue, in Payload request, CallOptions? options, CancellationToken cancellationToken)
    {
        options?.CheckNotOnlyIfFree();
        return CallAsync<TReply>(_queues.Get(queue), null, request, options, cancellationToken);
    }

    /// <summary>Calls the server of an address that the caller keeps: one for a moment only, which need not be remembered.</summary>
    public Task<TReply> CallAsync<TReply>(CallAddress address, in Payload request, CallOptions? options, CancellationToken cancellationToken) =>
        CallAsync<TReply>(address, null, request, options, cancellationToken);

    /// <summary>Calls a method of a contract.</summary>
    public Task<TReply> CallAsync<TReply>(RpcContract contract, RpcMethod<TReply> method, in Payload arguments, CallOptions? options, CancellationToken cancellationToken) =>
        CallAsync(AddressOf(contract, options), method, arguments, options, cancellationToken);

    /// <summary>Calls a method that streams.</summary>
    public PendingStream<TItem> OpenStream<TItem>(RpcContract contract, RpcMethod<TItem> method, in Payload arguments, CallOptions options, bool takesOne)
    {
        var address = AddressOf(contract, options);
        var now = _time.GetTimestamp();
        var stream = new PendingStream<TItem>(_table, _control, address, method, CallTelemetry.Start(address, method), now, _table.DeadlineOf(options, now)) { TakesOne = takesOne };
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
        var outcome = RpcOutcome.NotExecuted;
        try
        {
            if (!call.HasSlot)
                await _table.ParkAsync(call).ConfigureAwait(false);
            if (await GetUnblockedLinkAsync(call).ConfigureAwait(false) is not { } link || !_table.Pending.TryClaim(call, link))
                return;
            var left = Math.Max(1, (int)_time.GetElapsedTime(_time.GetTimestamp(), call.Deadline).TotalMilliseconds);
            var properties = ControlMessage.ToAll(word, call, link.ReplyTo, body.ContentType, left, _time.GetUtcNow().ToUnixTimeMilliseconds());
            var channel = await _control.GetConfirmedAsync(link.Connection).ConfigureAwait(false);
            outcome = RpcOutcome.MaybeExecuted; // A broker that refuses it says so in place of the confirm.
            await channel.PublishConfirmedAsync(ContractTopology.Control, call.Address.RoutingKey, body.ToOctets(), properties).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, FailureStatus.Of(e), outcome, e.Message, e));
        }
    }

    private CallAddress AddressOf(RpcContract contract, CallOptions? options)
    {
        var address = (options is { OnlyIfFree: true } ? _free : _contracts).Get(contract.Name);
        address.GivesOnce = contract.Queue == ContractQueue.Quorum;
        return address;
    }

    private Task<TReply> CallAsync<TReply>(CallAddress address, RpcMethod<TReply>? method, in Payload request, CallOptions? options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);
        var now = _time.GetTimestamp();
        var call = new PendingCall<TReply>(_table, address, method, CallTelemetry.Start(address, method, options), now, _table.DeadlineOf(options, now)) { IsAttempt = options is { IsAttempt: true } };
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        Send(call, request, options is not null && options.WaitForServer, options?.Attempt ?? 1);
        if (cancellationToken.IsCancellationRequested)
            _table.Cancel(call, cancellationToken); // The token may have fired before the call was in the table, where it found nothing to cancel.
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
        var link = _links.Present;
        return link is null || (!address.HasServer && !waitForServer) || !link.Requests.HasRoom || !link.Connection.IsOpen || link.Connection.IsBlocked
            || (address.IsContract && !link.Replies.GetsNotices)
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
            WantsNotice = call.Address.IsContract && !_isDirect,
            OnlyIfFree = call.Address.OnlyIfFree,
            Credit = call.Credit,
            Trace = CallTelemetry.Propagate(call.Span),
        };
        if (request.IsLarge && !_sizes.Admits(call, request.ToOctets().Length))
        {
            _table.TryEnd(call, _sizes.Explain(_table, call, RpcOutcome.NotExecuted));
            return true;
        }
        try
        {
            request.Publish(link.Requests, new BasicPublish(call.Address.Exchange, call.Address.RoutingKey, Mandatory: true), properties, call);
            return true;
        }
        catch (AmqpException) // Channel or connection are closed, nothing was written.
        {
            call.Link = null;
            return false;
        }
    }

    private async Task SendLaterAsync(IPendingCall call, Payload request, bool waitForServer, int attempt)
    {
        try
        {
            if (!call.HasSlot)
                await _table.ParkAsync(call).ConfigureAwait(false);
            while (!call.Completion.IsCompleted)
            {
                if (await GetUnblockedLinkAsync(call).ConfigureAwait(false) is not { } link)
                    return;
                if (!link.Requests.HasRoom)
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
            _table.TryEnd(call, _table.Explain(call, FailureStatus.Of(e), RpcOutcome.NotExecuted, e.Message, e));
        }
    }

    // Null when the call ended meanwhile.
    private async Task<FastLink?> GetUnblockedLinkAsync(IPendingCall call)
    {
        while (await _links.GetAsync(call).ConfigureAwait(false) is { } link)
        {
            if (!link.Connection.IsBlocked)
                return link;
            await Waiting.UntilUnblockedAsync(link.Connection, call).ConfigureAwait(false);
        }
        return null;
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

    void ICallSender.Cancelled(IPendingCall call)
    {
        if (!_isDirect) // Servers know such a call by a reply address that the broker has made up.
            _control.Cancel(call.Link!, call);
    }

    void ICallSender.ExpiresSoon(IPendingCall call)
    {
        if (call.Link is { } link && link.Connection.IsOpen)
            _ = _probe.AskAsync(link.Connection, call.Address);
    }

    RpcException ICallSender.WhyDropped(IPendingCall call, DeathNotice notice) => Dropped.Explain(_table, call, notice);

    RpcException ICallSender.WhyExpired(IPendingCall call) =>
        call.Link is null ? WhyExpired.NotSent(_table, call, _links.Present) : WhyExpired.NoReply(_table, call);

    // On every connection: the reply queue is consumed first, then requests may go.
    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        if (_links.Present is { IsUsable: true } present && present.Connection == connection)
            return; // Another attempt was quicker.
        try
        {
            await _links.CloseLastAsync(connection).ConfigureAwait(false);
            if (_replies is not { HasEnded: false } || _replies.Channel.Connection != connection)
                _replies = await OpenRepliesAsync(connection, cancellationToken).ConfigureAwait(false);
            Open(await OpenRequestsAsync(_replies, cancellationToken).ConfigureAwait(false));
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.AccessRefused)
        {
            _links.Refuse(e);
            throw;
        }
    }

    async Task<FastLink> ILinkOwner<FastLink>.ReopenAsync(FastLink link) => Watched(await OpenRequestsAsync(link.Replies, CancellationToken.None).ConfigureAwait(false));

    private async Task<ReplyQueue> OpenRepliesAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var receiving = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        var replies = _isDirect ? await ConsumeDirectAsync(receiving, cancellationToken).ConfigureAwait(false) : await ConsumeQueueAsync(receiving, cancellationToken).ConfigureAwait(false);
        _queues.Forget();
        _contracts.Forget();
        _free.Forget();
        _sizes.Forget();
        return replies;
    }

    private async Task<ReplyQueue> ConsumeDirectAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        var replies = new ReplyQueue(this, _table, channel, DirectReplyTo, isDirect: true);
        await channel.ConsumeAsync(DirectReplyTo, replies, new ConsumeOptions { NoAck = true }, cancellationToken).ConfigureAwait(false);
        return replies;
    }

    private async Task<ReplyQueue> ConsumeQueueAsync(AmqpChannel receiving, CancellationToken cancellationToken)
    {
        // Exclusive: nobody else can read it, and it goes with the connection. Auto-delete: it goes with its channel too.
        var declared = await receiving.DeclareQueueAsync(exclusive: true, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        var replies = new ReplyQueue(this, _table, receiving, declared.Queue.ToOwned());
        await receiving.ConsumeAsync(declared.Queue.ToString(), replies, new ConsumeOptions { NoAck = true, Exclusive = true }, cancellationToken).ConfigureAwait(false);
        return replies;
    }

    private async Task<FastLink> OpenRequestsAsync(ReplyQueue replies, CancellationToken cancellationToken)
    {
        var requests = _isDirect ? replies.Channel : await replies.Channel.Connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        requests.Returns = Returned;
        return new FastLink(replies, requests);
    }

    private void Open(FastLink link)
    {
        if (!_links.TryOpen(Watched(link)))
            throw new AmqpException("the reply queue ended while it was set up");
    }

    private FastLink Watched(FastLink link)
    {
        _ = WatchAsync(link);
        return link;
    }

    // Until the broker closes the request channel because of one of the requests.
    private async Task WatchAsync(FastLink link)
    {
        if (await link.Requests.Closed.ConfigureAwait(false) is not ChannelClosedException fault || !fault.IsRefusal())
            return;
        if (fault.ReplyCode == ReplyCode.NotFound)
            link.Replies.ForgetNotices(); // With the exchange everything is gone that was bound to it.
        _links.Reopen(link);
        _refused.End(link, fault);
    }

    /// <summary>No reply will come any more: everything that was sent ends now, with what is known of it. On the reading thread.</summary>
    public void RepliesEnded(ReplyQueue replies, Exception? reason)
    {
        if (_isDirect && reason is ChannelClosedException fault && fault.IsRefusal() && _links.Present is { } link && link.Replies == replies)
            _refused.End(link, fault); // It was one of the requests, and took the replies with it.
        _links.Close(present => present.Replies == replies);
        var lost = new List<IPendingCall>();
        _table.Pending.TakeAll(replies, lost);
        foreach (var call in lost)
        {
            var outcome = call.Link!.Requests.MayBeSent(call.Position) ? RpcOutcome.MaybeExecuted : RpcOutcome.NotExecuted;
            _table.End(call, _table.Explain(call, RpcStatus.Unavailable, outcome, reason?.Message ?? "the reply queue was closed", reason));
        }
        Counters.Lost(lost.Count);
        if (replies.Channel.Connection.IsOpen && reason is not null)
            _bus.Restore(this);
    }

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close() => _table.Close();

    public override string ToString() => "the reply queue";
}
