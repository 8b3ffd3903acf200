using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Whoever sends the calls of a table.</summary>
internal interface ICallSender
{
    /// <summary>The deadline of a call has come: why it has no reply.</summary>
    RpcException WhyExpired(IPendingCall call);

    /// <summary>The deadline of a call is near: the moment to ask what its queue looks like.</summary>
    void ExpiresSoon(IPendingCall call);

    /// <summary>The broker has dropped a request, and sent it back to its caller (rpc.md section 4).</summary>
    RpcException WhyDropped(IPendingCall call, DeathNotice notice);

    /// <summary>The caller has cancelled a call that may have left.</summary>
    void Cancelled(IPendingCall call);
}

/// <summary>
/// The calls under way, until each has ended once: by its reply, by its deadline (a clock of our own, whatever sockets and pool threads do), by
/// its caller. How a request leaves is its sender's business.
/// </summary>
internal sealed class CallTable : DispatchQueue<CallEvent>, IDeadlineKeeper
{
    private const int IdleTicksBeforeStop = 200; // Starting the clock costs a system call; calls one after the other should not pay it each time.

    private readonly ICallSender _sender;
    private readonly BusOptions _options;
    private readonly List<IPendingCall> _expired = []; // Owned by the clock's thread, as the two below.
    private readonly List<IPendingCall> _warned = [];
    private int _idleTicks;

    public CallTable(ICallSender sender, BusOptions options, BodyCodec codec, Counters counters)
        : base(concurrency: int.MaxValue) // Replies wait for nobody: a continuation that blocks costs a thread, not a stall.
    {
        _sender = sender;
        _options = options;
        Codec = codec;
        Counters = counters;
        Pending = new PendingCalls(options.MaxPendingCalls, (ulong)Random.Shared.NextInt64(1L << 43));
    }

    /// <summary>How long before its deadline a call's queue is asked for its consumers, so that the answer is there in time: before the broker's own notice, see <see cref="RequestProperties"/>.</summary>
    public static TimeSpan WarningTime => TimeSpan.FromMilliseconds(60);

    public BodyCodec Codec { get; }

    public Counters Counters { get; }

    public PendingCalls Pending { get; }

    public TimeProvider Time => _options.Time;

    /// <summary>When a call that starts now ends at the latest: a server that calls on has no more time than its own caller.</summary>
    public long DeadlineOf(CallOptions? options, long now)
    {
        var timeout = options?.Timeout ?? _options.CallTimeout;
        BusOptions.CheckTimeout(timeout);
        var deadline = now + ToTicks(timeout);
        return RequestContext.Current is { } serving ? Math.Min(deadline, serving.Deadline) : deadline;
    }

    /// <summary>Starts a call; it gets an id and a slot, unless the table is full (then it has to be parked).</summary>
    public void Start(IPendingCall call, CallLink? link)
    {
        Pending.TryAdd(call, link, WarnAt(call), out var startWatching);
        if (startWatching)
            Deadlines.Watch(this, Time);
        Counters.CallStarted();
    }

    /// <summary>Completes when a call that found the table full has got a slot, or has ended without.</summary>
    public Task ParkAsync(IPendingCall call) => Pending.ParkAsync(call, WarnAt(call));

    /// <summary>Takes a reply, to be matched on a runner.</summary>
    public void Receive(in InboundDelivery delivery)
    {
        delivery.Buffer?.Hold();
        Enqueue(new CallEvent(delivery.Properties, delivery.Body, delivery.Buffer));
    }

    /// <summary>The caller does not want the reply any more.</summary>
    public void Cancel(IPendingCall call, CancellationToken cancellationToken)
    {
        if (!Pending.Take(call))
            return;
        Counters.Cancelled();
        End(call, new OperationCanceledException(cancellationToken));
        if (call.Link is not null)
            _sender.Cancelled(call);
    }

    /// <summary>The caller has got what it wanted, or wants no more: takes the call out, and tells servers. False when it has ended.</summary>
    public bool TryAbandon(IPendingCall call)
    {
        if (!Pending.Take(call))
            return false;
        if (call.Link is not null)
            _sender.Cancelled(call);
        return true;
    }

    /// <summary>Ends a call that was taken out. Continuations are user code, so they run on a runner, whoever found that the call has ended.</summary>
    public void End(IPendingCall call, Exception reason)
    {
        Enqueue(new CallEvent(call, reason));
        Schedule();
    }

    /// <summary>Ends a call, unless it has ended.</summary>
    public bool TryEnd(IPendingCall call, Exception reason)
    {
        if (!Pending.Take(call))
            return false;
        End(call, reason);
        return true;
    }

    /// <summary>Ends a call well that has no reply, unless it has ended.</summary>
    public void TrySucceed(IPendingCall call)
    {
        if (!Pending.Take(call))
            return;
        Enqueue(new CallEvent(call, null));
        Schedule();
    }

    /// <summary>Nothing will be sent any more: no call stays behind.</summary>
    public void Close()
    {
        var left = new List<IPendingCall>();
        Pending.TakeAll(left);
        foreach (var call in left)
        {
            var outcome = call.Link is null ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted;
            Enqueue(new CallEvent(call, Explain(call, RpcStatus.Unavailable, outcome, "the bus was closed")));
        }
        Schedule();
    }

    /// <summary>The exception with everything a person wants to know.</summary>
    public RpcException Explain(IPendingCall call, RpcStatus status, RpcOutcome outcome, string detail, Exception? inner = null) =>
        new(status, outcome, detail, Time.GetElapsedTime(call.Started), inner);

    public long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    public override string ToString() => "the reply queue";

    protected override ValueTask ProcessAsync(CallEvent item)
    {
        if (item.Ended is { } ended && item.Reason is { } reason)
            ended.Fail(reason);
        else if (item.Ended is { } done)
            done.Complete(item);
        else
            Match(item);
        return default;
    }

    private long WarnAt(IPendingCall call) => call.Deadline - Math.Min(ToTicks(WarningTime), (call.Deadline - call.Started) / 4);

    private void Match(in CallEvent reply)
    {
        if (ControlMessage.WordOf(reply.Properties).Length > 0)
        {
            reply.Buffer?.Release(); // A server asks whether we are there; that this came is the answer.
            return;
        }
        var lastEnd = CallEnd.None;
        if (CorrelationId.TryRead(reply.Properties.CorrelationId.Span, out var id))
        {
            if (DeathNotice.TryRead(reply.Properties, out var notice))
            {
                EndDropped(id, notice);
                reply.Buffer?.Release();
                return;
            }
            if (Pending.Take(id, CallEnd.Replied, out lastEnd) is { } call)
            {
                if (call.TakesMany ? call.TryAdd(reply) : End(call, reply))
                    return;
                lastEnd = CallEnd.Replied;
            }
        }
        Counters.Dropped(lastEnd);
        reply.Buffer?.Release();
    }

    private bool End(IPendingCall call, in CallEvent reply)
    {
        Counters.Replied();
        call.Complete(reply);
        return true;
    }

    // Mostly the caller's own clock was quicker; then nothing is left to do.
    private void EndDropped(CorrelationId id, DeathNotice notice)
    {
        if (Pending.Take(id, CallEnd.GivenUp, out _) is not { } call)
            return;
        Counters.RequestDropped();
        call.Fail(_sender.WhyDropped(call, notice));
    }

    long IClockWork.NextDue => Pending.NextDue;

    bool IClockWork.Tick()
    {
        var now = Time.GetTimestamp();
        _idleTicks = Pending.Count == 0 ? _idleTicks + 1 : 0;
        var goOn = Pending.Expire(now, mayStop: _idleTicks > IdleTicksBeforeStop, _expired, _warned);
        foreach (var call in _expired)
        {
            Counters.Expired();
            Enqueue(new CallEvent(call, _sender.WhyExpired(call)));
        }
        if (_expired.Count > 0)
            Schedule();
        foreach (var call in _warned)
            _sender.ExpiresSoon(call);
        _expired.Clear();
        _warned.Clear();
        return goOn;
    }
}
