using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Makes the calls of a bus. A call's fast path: a slot, the frames, done; the reply ends it on a runner. Everything that has to wait
/// (for a connection, a slot, room in the socket, the question whether anybody serves) is in <see cref="SendLaterAsync"/>, and the deadline
/// ends the call from the outside wherever it is.
/// </summary>
internal sealed class CallClient : DispatchQueue<CallEvent>, IAttachment, IDeadlineKeeper
{
    private const int IdleTicksBeforeStop = 200; // Starting the clock costs a system call; calls one after the other should not pay it each time.

    private readonly IBusConnection _bus;
    private readonly BusOptions _options;
    private readonly TimeProvider _time;
    private readonly PendingCalls _pending;
    private readonly QueueAddresses _addresses = new();
    private readonly QueueProbe _probe;
    private readonly List<IPendingCall> _expired = []; // Owned by the clock's thread, as the two below.
    private readonly List<IPendingCall> _warned = [];
    private int _idleTicks;
    private readonly Lock _gate = new();
    private CallLink? _link; // Written under _gate, read by any thread through Volatile.
    private TaskCompletionSource _linkChanged = new(TaskCreationOptions.RunContinuationsAsynchronously); // Guarded by _gate.
    private Task? _attached; // Guarded by _gate.

    public CallClient(IBusConnection bus, BusOptions options, BodyCodec codec, Counters counters)
        : base(concurrency: int.MaxValue) // Replies wait for nobody: a continuation that blocks costs a thread, not a stall.
    {
        _bus = bus;
        _options = options;
        _time = options.Time;
        Codec = codec;
        Counters = counters;
        _pending = new PendingCalls(options.MaxPendingCalls, (ulong)Random.Shared.NextInt64(1L << 43));
        _probe = new QueueProbe(_time);
    }

    public BodyCodec Codec { get; }

    public Counters Counters { get; }

    public int PendingCount => _pending.Count;

    public Task<TReply> CallAsync<TReply>(string queue, in Payload request, CallOptions? options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);
        var timeout = options?.Timeout ?? _options.CallTimeout;
        var waitForServer = options is not null && options.WaitForServer;
        BusOptions.CheckTimeout(timeout);

        var now = _time.GetTimestamp();
        var ticks = ToTicks(timeout);
        var call = new PendingCall<TReply>(this, _addresses.Get(queue), now, now + ticks);
        var warnAt = call.Deadline - Math.Min(ToTicks(WarningTime), ticks / 4);
        var link = ReadyLink(call.Address, waitForServer);
        var hasSlot = _pending.TryAdd(call, link, warnAt, out var startWatching);
        if (startWatching)
            Deadlines.Watch(this);
        if (cancellationToken.CanBeCanceled)
            call.EndBy(cancellationToken);
        Counters.CallStarted();
        if (!hasSlot || link is null || !TryPublish(call, link, request, now))
            _ = SendLaterAsync(call, request, waitForServer);
        return call.Task;
    }

    // How long before its deadline a call's queue is asked for its consumers, so that the answer is there in time.
    private static TimeSpan WarningTime => TimeSpan.FromMilliseconds(30);

    // The link to send by right now; null when something has to be waited for first.
    private CallLink? ReadyLink(QueueAddress address, bool waitForServer)
    {
        var link = Volatile.Read(ref _link);
        return link is null || (!address.HasServer && !waitForServer) || !link.Requests.HasRoom || link.Connection.IsBlocked ? null : link;
    }

    // The call has claimed the link before: if it ends at this moment, it is among those that may have been executed.
    private bool TryPublish(IPendingCall call, CallLink link, in Payload request, long now)
    {
        var left = _time.GetElapsedTime(now, call.Deadline).TotalMilliseconds;
        var properties = new RequestProperties(
            request.ContentType, call.Id, link.Replies.Name, Math.Max(1, (int)left), _time.GetUtcNow().ToUnixTimeMilliseconds(), attempt: 1);
        try
        {
            call.Position = request.Publish(link.Requests, new BasicPublish(default, call.Address.Encoded, Mandatory: true), properties);
            return true;
        }
        catch (AmqpException) // Channel or connection are closed, nothing was written.
        {
            call.Link = null;
            Drop(link);
            return false;
        }
    }

    private async Task SendLaterAsync(IPendingCall call, Payload request, bool waitForServer)
    {
        try
        {
            if (!call.HasSlot)
                await _pending.ParkAsync(call).ConfigureAwait(false);
            while (!call.Completion.IsCompleted)
            {
                if (await GetLinkAsync(call).ConfigureAwait(false) is not { } link)
                    return;
                if (link.Connection.IsBlocked)
                    await UnblockedAsync(link.Connection, call).ConfigureAwait(false);
                else if (!link.Requests.HasRoom)
                    await OrEndAsync(link.Requests.WaitForRoomAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
                else if (!waitForServer && !call.Address.HasServer && await HasNoServerAsync(link, call).ConfigureAwait(false))
                    return;
                else if (ReadyLink(call.Address, waitForServer) is { } ready && (!_pending.TryClaim(call, ready) || TryPublish(call, ready, request, _time.GetTimestamp())))
                    return; // Sent, or ended by somebody else.
            }
        }
        catch (Exception e)
        {
            if (_pending.Take(call))
                End(call, Explain(call, StatusOf(e), RpcOutcome.NotExecuted, e.Message, e));
        }
    }

    // The present link, or the next one; null when the call ended meanwhile.
    private async Task<CallLink?> GetLinkAsync(IPendingCall call)
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
            await OrEndAsync(_attached, call).ConfigureAwait(false);
            await OrEndAsync(_bus.GetConnectionAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
            if (Volatile.Read(ref _link) is null)
                await OrEndAsync(changed, call).ConfigureAwait(false);
        }
        return null;
    }

    private static async Task OrEndAsync(Task task, IPendingCall call)
    {
        var first = await Task.WhenAny(task, call.Completion).ConfigureAwait(false);
        if (first == task)
            await task.ConfigureAwait(false);
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
    private async Task<bool> HasNoServerAsync(CallLink link, IPendingCall call)
    {
        var asking = _probe.AskAsync(link.Connection, call.Address);
        await OrEndAsync(asking, call).ConfigureAwait(false);
        if (!asking.IsCompletedSuccessfully)
            return true; // The call has ended.
        var state = await asking.ConfigureAwait(false);
        if (!state.HasNoServer)
            return false;
        if (_pending.Take(call))
            End(call, Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, state.DescribeNoServer(call.Address.Name)));
        return true;
    }

    protected override ValueTask ProcessAsync(CallEvent item)
    {
        if (item.Ended is { } ended)
            ended.Fail(item.Reason!);
        else
            Match(item);
        return default;
    }

    private void Match(in CallEvent reply)
    {
        var lastEnd = CallEnd.None;
        if (CorrelationId.TryRead(reply.Properties.CorrelationId.Span, out var id) && _pending.Take(id, CallEnd.Replied, out lastEnd) is { } call)
        {
            Counters.Replied();
            call.Complete(reply);
            return;
        }
        Counters.Dropped(lastEnd);
        reply.Buffer?.Release();
    }

    private void Returned(in InboundReturn returned)
    {
        if (!CorrelationId.TryRead(returned.Properties.CorrelationId.Span, out var id) || _pending.Take(id, CallEnd.GivenUp, out _) is not { } call)
            return;
        Counters.Returned();
        call.Address.HasServer = false;
        End(call, Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"no server: queue {call.Address.Name} does not exist ({(int)returned.ReplyCode} {returned.ReplyText})"));
    }

    public void Cancel(IPendingCall call, CancellationToken cancellationToken)
    {
        if (!_pending.Take(call))
            return;
        Counters.Cancelled();
        End(call, new OperationCanceledException(cancellationToken));
    }

    // Continuations are user code, so they run on a runner, whoever found that the call has ended.
    private void End(IPendingCall call, Exception reason)
    {
        Enqueue(new CallEvent(call, reason));
        Schedule();
    }

    bool IDeadlineKeeper.Tick()
    {
        var now = _time.GetTimestamp();
        _idleTicks = _pending.Count == 0 ? _idleTicks + 1 : 0;
        var goOn = _pending.Expire(now, mayStop: _idleTicks > IdleTicksBeforeStop, _expired, _warned);
        foreach (var call in _expired)
        {
            Counters.Expired();
            Enqueue(new CallEvent(call, Expired(call)));
        }
        if (_expired.Count > 0)
            Schedule();
        foreach (var call in _warned)
        {
            if (call.Link is { } link && link.Connection.IsOpen)
                _ = _probe.AskAsync(link.Connection, call.Address);
        }
        _expired.Clear();
        _warned.Clear();
        return goOn;
    }

    private RpcException Expired(IPendingCall call)
    {
        var timeout = RpcException.Show(_time.GetElapsedTime(call.Started, call.Deadline));
        if (call.Link is null)
        {
            return call.HasSlot
                ? Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"not sent within {timeout}: {WhyNotSent()}")
                : Explain(call, RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, $"not sent within {timeout}: {_pending.Limit} calls are under way, which is the limit (BusOptions.MaxPendingCalls)");
        }
        QueueState state;
        lock (call.Address)
            state = call.Address.StateAt >= call.Deadline - ToTicks(WarningTime * 2) ? call.Address.State : default;
        if (state.HasNoServer)
            call.Address.HasServer = false; // The next call is told at once.
        return Explain(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted, $"no reply after {timeout}: {state.Describe(call.Address.Name)}");
    }

    private string WhyNotSent()
    {
        if (Volatile.Read(ref _link) is not { } link)
            return "there is no connection to the broker";
        if (link.Connection.BlockedReason is { } reason)
            return $"the broker takes no messages at present ({reason})";
        return link.Requests.HasRoom ? "the broker did not answer" : "the broker does not read from the connection";
    }

    /// <summary>The exception with everything a person wants to know.</summary>
    public RpcException Explain(IPendingCall call, RpcStatus status, RpcOutcome outcome, string detail, Exception? inner = null) =>
        new(status, outcome, detail, _time.GetElapsedTime(call.Started), inner);

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
        var replies = new ReplyQueue(this, declared.Queue.ToOwned());
        await receiving.ConsumeAsync(declared.Queue.ToString(), replies, new ConsumeOptions { NoAck = true, Exclusive = true }, cancellationToken).ConfigureAwait(false);
        _addresses.Forget();
        Open(await OpenRequestsAsync(connection, replies, cancellationToken).ConfigureAwait(false));
    }

    private async Task<CallLink> OpenRequestsAsync(AmqpConnection connection, ReplyQueue replies, CancellationToken cancellationToken)
    {
        var requests = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        requests.Returns = Returned;
        return new CallLink(replies, requests);
    }

    private void Open(CallLink link)
    {
        lock (_gate)
        {
            Volatile.Write(ref _link, link);
            _linkChanged.TrySetResult();
            _linkChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    // The request channel alone is gone (a request that the broker would not take): the reply queue stays, and so do the calls under way.
    private void Drop(CallLink link)
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

    private async Task ReopenAsync(CallLink link)
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
        CallLink? link;
        lock (_gate)
        {
            link = _link?.Replies == replies ? _link : null;
            if (link is not null)
                Volatile.Write(ref _link, null);
        }
        var lost = new List<IPendingCall>();
        _pending.TakeAll(replies, lost);
        foreach (var call in lost)
        {
            var outcome = call.Link!.Requests.WasSent(call.Position) ? RpcOutcome.MaybeExecuted : RpcOutcome.NotExecuted;
            Enqueue(new CallEvent(call, Explain(call, RpcStatus.Unavailable, outcome, reason?.Message ?? "the reply queue was closed", reason)));
        }
        Counters.Lost(lost.Count);
        Schedule();
        if (link is not null && link.Connection.IsOpen && reason is not null)
            _bus.Restore(this);
    }

    /// <summary>The bus closes: no call stays behind.</summary>
    public void Close()
    {
        var left = new List<IPendingCall>();
        _pending.TakeAll(left);
        foreach (var call in left)
        {
            var outcome = call.Link is null ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted;
            Enqueue(new CallEvent(call, Explain(call, RpcStatus.Unavailable, outcome, "the bus was closed")));
        }
        Schedule();
    }

    public override string ToString() => "the reply queue";

    private long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
