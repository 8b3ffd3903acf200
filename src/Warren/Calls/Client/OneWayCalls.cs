using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Sends requests that have no reply: such a call ends when the broker has the request in the service's queue. In Safe mode it is sent again under its id, as a Safe
/// call is, when the broker refuses it or the connection is lost; in Fast mode its caller hears of that at once.
/// </summary>
internal sealed class OneWayCalls : ICallSender
{
    private readonly IBusConnection _bus;
    private readonly BusOptions _options;
    private readonly CallTable _table;
    private readonly ConfirmedRequests _requests;
    private readonly CallAddresses _contracts = new(areContracts: true);
    private readonly SemaphoreSlim _turn = new(1);
    private ConfirmedLink? _link; // Written by who has the turn.

    public OneWayCalls(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters)
    {
        _bus = bus;
        _options = options;
        _table = new CallTable(this, options, codec, counters);
        _requests = new ConfirmedRequests(_table, returned: null);
    }

    public int PendingCount => _table.Pending.Count;

    public Task<RpcVoid> SendAsync(RpcContract contract, RpcMethod method, in Payload arguments, CallOptions options, CancellationToken cancellationToken)
    {
        options.CheckNotOnlyIfFree();
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<RpcVoid>(cancellationToken);
        var address = _contracts.Get(contract.Name + SafeCalls.QueueSuffix);
        var now = _options.Time.GetTimestamp();
        var call = new PendingCall<RpcVoid>(_table, address, method as RpcMethod<RpcVoid>, CallTelemetry.Start(address, method, options), now, _table.DeadlineOf(options, now)) { IsAttempt = options.IsAttempt };
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        _table.Start(call, link: null);
        _ = SendAsync(call, method, arguments, options);
        if (cancellationToken.IsCancellationRequested)
            _table.Cancel(call, cancellationToken);
        return call.Task;
    }

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close() => _table.Close();

    private async Task SendAsync(PendingCall<RpcVoid> call, RpcMethod method, Payload arguments, CallOptions options)
    {
        try
        {
            if (!call.HasSlot)
                await _table.ParkAsync(call).ConfigureAwait(false);
            if (!call.HasSlot)
                return; // Its time was up before there was one.
            var body = arguments.ToOctets();
            var publish = new BasicPublish(call.Address.Exchange, call.Address.RoutingKey, Mandatory: true);
            ShortString messageId = options.MessageId ?? Guid.NewGuid().ToString("N");
            for (var attempt = options.Attempt; await GetLinkAsync(call).ConfigureAwait(false) is { } link;)
            {
                if (link.Connection.IsBlocked)
                {
                    await Waiting.UntilUnblockedAsync(link.Connection, call).ConfigureAwait(false);
                    continue;
                }
                var result = await _requests.TrySendAsync(call, link, publish, Properties(call, method, arguments.ContentType, messageId, attempt), body).ConfigureAwait(false);
                attempt++;
                if (result == SendingResult.Refused)
                    result = await _requests.SendRefusedAsync(call, link, publish, Properties(call, method, arguments.ContentType, messageId, attempt), body).ConfigureAwait(false);
                if (result == SendingResult.Taken)
                    _table.TrySucceed(call);
                if (result is SendingResult.Taken or SendingResult.Ended)
                    return;
                if (options.Mode != CallMode.Safe)
                    EndUnsent(call, result);
                else if (result == SendingResult.Nacked)
                    await Waiting.OrEndAsync(Task.Delay(Refusals.DelayAfter(call.Refusals), _options.Time), call).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _table.TryEnd(call, _table.Explain(call, FailureStatus.Of(e), ConfirmedRequests.OutcomeOf(call), e.Message, e));
        }
    }

    private void EndUnsent(PendingCall<RpcVoid> call, SendingResult result)
    {
        var (status, detail) = result == SendingResult.Nacked
            ? (RpcStatus.ResourceExhausted, $"the broker did not take the message: queue {call.Address.Name} is full, or has no leader")
            : (RpcStatus.Unavailable, "the channel was closed before the broker had confirmed the message");
        _table.TryEnd(call, _table.Explain(call, status, ConfirmedRequests.OutcomeOf(call), detail));
    }

    private RequestProperties Properties(PendingCall<RpcVoid> call, RpcMethod method, ContentType? contentType, ShortString messageId, int attempt)
    {
        var left = _options.Time.GetElapsedTime(_options.Time.GetTimestamp(), call.Deadline).TotalMilliseconds;
        return new RequestProperties(contentType, default, default, Math.Max(1, (int)left), _options.Time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Attempt = attempt,
            Method = method.EncodedName,
            MessageId = messageId,
            Trace = CallTelemetry.Propagate(call.Span),
        };
    }

    // Null when the call ended meanwhile. Apart from the channel of other messages: a request that is refused must not take their confirms with it.
    private async Task<ConfirmedLink?> GetLinkAsync(PendingCall<RpcVoid> call)
    {
        while (!call.Task.IsCompleted)
        {
            if (Volatile.Read(ref _link) is { IsUsable: true } present)
                return present;
            await Waiting.OrEndAsync(_bus.GetConnectionAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
            if (!call.Task.IsCompleted)
                await Waiting.OrEndAsync(OpenAsync(), call).ConfigureAwait(false);
        }
        return null;
    }

    private async Task OpenAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_link is { IsUsable: true })
                return;
            var connection = await _bus.GetConnectionAsync(CancellationToken.None).ConfigureAwait(false);
            var channel = await connection.OpenChannelAsync().ConfigureAwait(false);
            await ContractTopology.DeclareAsync(channel, CancellationToken.None).ConfigureAwait(false);
            await channel.EnableConfirmsAsync().ConfigureAwait(false);
            if (_link?.Connection != connection)
                _requests.Forget();
            _link = new ConfirmedLink(default, channel);
        }
        catch (ConnectionClosedException)
        {
            // The next one is waited for.
        }
        finally
        {
            _turn.Release();
        }
    }

    void ICallSender.Cancelled(IPendingCall call)
    {
        // What the broker has, a server will do: there is no caller any more who could take it back.
    }

    void ICallSender.ExpiresSoon(IPendingCall call)
    {
    }

    RpcException ICallSender.WhyDropped(IPendingCall call, DeathNotice notice) => Dropped.Explain(_table, call, notice);

    RpcException ICallSender.WhyExpired(IPendingCall call) => call.Sends == 0
        ? WhyExpired.NotSent(_table, call, _link is { IsUsable: true } link ? link : null)
        : _table.Explain(
            call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted,
            $"the broker did not confirm the message within {RpcException.Show(_options.Time.GetElapsedTime(call.Started, call.Deadline))}{Refusals.Describe(call.Refusals)}");
}
