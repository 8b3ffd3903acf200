using System.Text;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Sends calls that survive what breaks on their way. The request is persistent and confirmed, and sent again under the same id until it is; the
/// reply queue is durable and outlives the connection, so a reply waits there until we are back. Only the deadline ends such a call without an answer.
/// </summary>
internal sealed class SafeCalls : ILinkOwner<SafeLink>, ICallSender
{
    /// <summary>What follows a contract's address in the name of its queue for Safe calls: other than Fast ones they may be delivered again.</summary>
    public const string QueueSuffix = ".safe";

    // When calls wait and no reply comes for so long, the broker is asked whether there is a reply queue at all.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly IBusConnection _bus;
    private readonly BusOptions _options;
    private readonly ServerControl _control;
    private readonly CallTable _table;
    private readonly QueueProbe _probe;
    private readonly CallAddresses _queues = new(areContracts: false);
    private readonly CallAddresses _contracts = new(areContracts: true);
    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly byte[] _callPrefix;
    private readonly SentAgain _sentAgain = new();
    private readonly CurrentLink<SafeLink> _links;
    private readonly ConfirmedRequests _requests;
    private readonly SafeReplyQueue _replyQueue;
    private int _repliesLost; // How often.
    private int _watching;    // 1 while somebody watches the reply queue.
    private SafeReplies? _replies; // Written by whoever attaches, one at a time.

    public SafeCalls(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters, ServerControl control)
    {
        _bus = bus;
        _options = options;
        _control = control;
        _table = new CallTable(this, options, codec, counters);
        _probe = new QueueProbe(options.Time);
        _replyQueue = new SafeReplyQueue(options, _id);
        _callPrefix = Encoding.ASCII.GetBytes(_id + "-");
        _links = new CurrentLink<SafeLink>(bus, this);
        _requests = new ConfirmedRequests(_table, Returned);
    }

    public int PendingCount => _table.Pending.Count;

    public Task<TReply> CallAsync<TReply>(string queue, in Payload request, CallOptions options, CancellationToken cancellationToken) =>
        CallAsync<TReply>(_queues.Get(queue), null, request, options, cancellationToken);

    public Task<TReply> CallAsync<TReply>(string contract, RpcMethod<TReply> method, in Payload arguments, CallOptions options, CancellationToken cancellationToken) =>
        CallAsync(_contracts.Get(contract + QueueSuffix), method, arguments, options, cancellationToken);

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close() => _table.Close();

    public override string ToString() => "the reply queue of Safe calls";

    private Task<TReply> CallAsync<TReply>(CallAddress address, RpcMethod<TReply>? method, in Payload request, CallOptions options, CancellationToken cancellationToken)
    {
        options.CheckNotOnlyIfFree();
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);
        var now = _options.Time.GetTimestamp();
        var call = new PendingCall<TReply>(_table, address, method, CallTelemetry.Start(address, method, options), now, _table.DeadlineOf(options, now)) { IsAttempt = options.IsAttempt };
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        _table.Start(call, link: null);
        WatchReplyQueue();
        _ = SendAsync(call, new SafeRequest(request, options));
        if (cancellationToken.IsCancellationRequested)
            _table.Cancel(call, cancellationToken); // The token may have fired before the call was in the table, where it found nothing to cancel.
        return call.Task;
    }

    // Until the broker has confirmed it; from then on the reply queue is all that matters, and only when that is lost the request goes out again.
    private async Task SendAsync(IPendingCall call, SafeRequest request)
    {
        try
        {
            if (!call.HasSlot)
                await _table.ParkAsync(call).ConfigureAwait(false);
            if (!call.HasSlot)
                return; // Its time was up before there was one.
            if (request.MessageId.IsEmpty)
                request.MessageId = IdOf(call);
            while (await _links.GetAsync(call).ConfigureAwait(false) is { } link)
            {
                if (link.Connection.IsBlocked)
                {
                    await Waiting.UntilUnblockedAsync(link.Connection, call).ConfigureAwait(false);
                    continue;
                }
                var lost = Volatile.Read(ref _repliesLost);
                if (call.Sends > 0)
                    _sentAgain.Expect(call.Id);
                var publish = new BasicPublish(call.Address.Exchange, call.Address.RoutingKey, Mandatory: true);
                var result = await _requests.TrySendAsync(call, link, publish, Properties(call, link, request), request.Body).ConfigureAwait(false);
                request.Attempt++;
                if (result == SendingResult.Refused)
                    result = await _requests.SendRefusedAsync(call, link, publish, Properties(call, link, request), request.Body).ConfigureAwait(false);
                switch (result)
                {
                    case SendingResult.Taken when call.Sends > 1 && _sentAgain.CameBack(call.Id):
                        await Waiting.OrEndAsync(Task.Delay(Refusals.DelayAfter(request.Attempt), _options.Time), call).ConfigureAwait(false);
                        break;
                    case SendingResult.Taken:
                        if (!_table.Pending.TryKeep(call, request))
                            return; // It has ended.
                        if (lost == Volatile.Read(ref _repliesLost) || !_table.Pending.TryTakeBack(call, request))
                            return; // If its reply gets lost, it is sent again from there.
                        break;
                    case SendingResult.Nacked: // Full, or between two leaders: the broker does not say which, and a while later it may take it.
                        await Waiting.OrEndAsync(Task.Delay(Refusals.DelayAfter(call.Refusals), _options.Time), call).ConfigureAwait(false);
                        break;
                    case SendingResult.Ended:
                        return;
                }
            }
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, FailureStatus.Of(e), ConfirmedRequests.OutcomeOf(call), e.Message, e));
        }
        finally
        {
            if (call.Sends > 1)
                _sentAgain.CameBack(call.Id);
        }
    }

    private ShortString IdOf(IPendingCall call)
    {
        var id = new byte[_callPrefix.Length + CorrelationId.Length];
        _callPrefix.CopyTo(id, 0);
        call.Id.Write(id.AsSpan(_callPrefix.Length));
        return new ShortString(id);
    }

    private RequestProperties Properties(IPendingCall call, SafeLink link, SafeRequest request)
    {
        var left = _options.Time.GetElapsedTime(_options.Time.GetTimestamp(), call.Deadline).TotalMilliseconds;
        return new RequestProperties(request.ContentType, call.Id, link.ReplyTo, Math.Max(1, (int)left), _options.Time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Attempt = request.Attempt,
            Method = call.Method?.EncodedName ?? default,
            WantsNotice = call.Address.IsContract,
            MessageId = request.MessageId,
            Trace = CallTelemetry.Propagate(call.Span),
        };
    }

    // Comes before the confirm. Matched by its id and not by its octets: the broker has taken the hidden copy's header off.
    private void Returned(in InboundReturn returned)
    {
        if (!CorrelationId.TryRead(returned.Properties.CorrelationId.Span, out var id) || _sentAgain.TryNote(id) || _table.Pending.Take(id, CallEnd.GivenUp, out _) is not { } call)
            return;
        _table.Counters.Returned();
        var detail = $"no server: queue {call.Address.Name} does not exist ({(int)returned.ReplyCode} {returned.ReplyText})";
        // An earlier copy may have found the queue that is gone now.
        _table.End(call, _table.Explain(call, RpcStatus.Unavailable, call.Sends <= 1 ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted, detail));
    }

    // On every connection: first the reply queue with its consumer, so that no reply finds nobody; then requests may go.
    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        if (_links.Present is { IsUsable: true } present && present.Connection == connection)
            return; // Another attempt was quicker.
        try
        {
            await _links.CloseLastAsync(connection).ConfigureAwait(false);
            if (_replies is not { HasEnded: false } replies || replies.Channel.Connection != connection)
                _replies = await OpenRepliesAsync(connection, cancellationToken).ConfigureAwait(false);
            if (!_links.TryOpen(await OpenRequestsAsync(_replies, cancellationToken).ConfigureAwait(false)))
                throw new AmqpException("the reply queue ended while it was set up");
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.AccessRefused)
        {
            _links.Refuse(e);
            throw;
        }
    }

    Task<SafeLink> ILinkOwner<SafeLink>.ReopenAsync(SafeLink link) => OpenRequestsAsync(link.Replies, CancellationToken.None);

    private async Task<SafeReplies> OpenRepliesAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var (replies, areOthersLost) = await _replyQueue.ConsumeAsync(connection, channel => new SafeReplies(this, _table, channel), cancellationToken).ConfigureAwait(false);
        _requests.Forget();
        if (areOthersLost)
            SendAllAgain();
        return replies;
    }

    private async Task<SafeLink> OpenRequestsAsync(SafeReplies replies, CancellationToken cancellationToken)
    {
        var requests = await replies.Channel.Connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        requests.Returns = Returned;
        await requests.EnableConfirmsAsync(cancellationToken).ConfigureAwait(false);
        var link = new SafeLink(replies, _replyQueue.Name, requests);
        _ = WatchAsync(link);
        return link;
    }

    // Until the broker closes the request channel because of one of the requests; those who sent them find out which one.
    private async Task WatchAsync(SafeLink link)
    {
        if (await link.Requests.Closed.ConfigureAwait(false) is ChannelClosedException fault && fault.IsRefusal())
            _links.Reopen(link);
    }

    // Those that are on their way to the broker at this moment see it themselves.
    private void SendAllAgain()
    {
        Interlocked.Increment(ref _repliesLost);
        foreach (var (call, request) in _table.Pending.TakeBackAll())
            _ = SendAsync(call, request);
    }

    private void WatchReplyQueue()
    {
        if (Volatile.Read(ref _watching) == 0 && Interlocked.Exchange(ref _watching, 1) == 0)
            _ = WatchReplyQueueAsync();
    }

    // RabbitMQ tells nothing to a consumer that comes while its quorum queue is being deleted, which takes seconds in a cluster: replies would never come again.
    private async Task WatchReplyQueueAsync()
    {
        do
        {
            var (replies, before) = (_replies, _replies?.Count);
            await Task.Delay(Silence, _options.Time).ConfigureAwait(false);
            if (PendingCount > 0 && replies is { HasEnded: false } && replies == _replies && replies.Count == before && await IsReplyQueueLostAsync(replies.Channel.Connection).ConfigureAwait(false))
                replies.End(new AmqpException("the reply queue is gone"));
        }
        while (PendingCount > 0);
        Interlocked.Exchange(ref _watching, 0);
        if (PendingCount > 0)
            WatchReplyQueue(); // One that came when nobody was watching any more.
    }

    private async Task<bool> IsReplyQueueLostAsync(AmqpConnection connection)
    {
        try
        {
            return await _replyQueue.IsLostAsync(connection).ConfigureAwait(false);
        }
        catch (AmqpException)
        {
            return false; // The next connection sets it up again.
        }
    }

    /// <summary>The reply queue was deleted, or its channel closed: replies to what is under way may be lost, and setting it up again tells.</summary>
    public void RepliesEnded(SafeReplies replies, Exception? reason)
    {
        _links.Close(link => link.Replies == replies);
        if (reason is not null && replies.Channel.Connection.IsOpen)
            _bus.Restore(this);
    }

    void ICallSender.Cancelled(IPendingCall call) => _control.Cancel(call.Link!, call);

    void ICallSender.ExpiresSoon(IPendingCall call)
    {
        if (call.Link is { } link && link.Connection.IsOpen)
            _ = _probe.AskAsync(link.Connection, call.Address);
    }

    RpcException ICallSender.WhyDropped(IPendingCall call, DeathNotice notice) => Dropped.Explain(_table, call, notice);

    RpcException ICallSender.WhyExpired(IPendingCall call) =>
        call.Sends == 0 ? WhyExpired.NotSent(_table, call, _links.Present) : WhyExpired.NoReply(_table, call);
}
