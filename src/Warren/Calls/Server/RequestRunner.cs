using Microsoft.Extensions.Logging;
using Warren.Client;

namespace Warren;

/// <summary>
/// Runs the requests of one server. For each: may it run, is there time left, can it be decoded, run, reply, and then the acknowledgement.
/// Whatever goes wrong is answered, so that no request loops and no caller waits for nothing.
/// </summary>
internal sealed class RequestRunner : DispatchQueue<ServerItem>
{
    private readonly ServedBy _server;
    private readonly TimeProvider _time;
    private readonly Counters _counters;
    private readonly ILogger _log;
    private readonly RunningRequests _running;
    private readonly Admission _admission;
    private readonly ReplySender _replies;
    private readonly RequestFaults _faults;
    private readonly CallerWatch _callers;
    private readonly StreamRunner _streams;
    private readonly SafeRunner _safe;
    private readonly bool _isPlain; // The code needs no more than decode, run, reply.
    private volatile bool _stopping;

    public RequestRunner(string queue, RequestHandler handler, ServeOptions options, TimeProvider time, Counters counters, ILogger log)
        : base(options.HandlersAtOnce)
    {
        _time = time;
        _counters = counters;
        _log = log;
        _running = new RunningRequests(time);
        Statistics = new MethodStatistics(time);
        _server = new ServedBy(queue, handler, options, time, _running, Statistics);
        _admission = new Admission(_server, counters);
        _replies = new ReplySender(queue, counters, log);
        _faults = new RequestFaults(queue, options, log);
        _callers = new CallerWatch(time);
        _streams = new StreamRunner(_replies, _faults, _callers);
        _safe = new SafeRunner(_server, _admission, _replies, _faults, _callers, counters, log);
        _isPlain = !handler.TakesContext && options.MaxInFlight is null;
    }

    public MethodStatistics Statistics { get; }

    /// <summary>Requests that run, whatever their handler is.</summary>
    public int InFlight => Active;

    /// <summary>From now on requests are given back instead of run.</summary>
    public void Stop()
    {
        _stopping = true;
        _safe.Stop();
    }

    /// <summary>Waits for what runs; past the time the tokens fire, and after that only a moment is left to react to them.</summary>
    public async Task DrainAsync(TimeSpan drainTime, CancellationToken cancellationToken)
    {
        var idle = WhenIdleAsync();
        if (await IsDoneAsync(idle, drainTime, cancellationToken).ConfigureAwait(false))
            return;
        _running.CancelAll();
        _safe.GiveUp();
        await IsDoneAsync(idle, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
    }

    public void ReplyReturned(in InboundReturn returned)
    {
        _counters.CallerGone();
        if (RequestKey.TryRead(returned.Properties, returned.RoutingKey, out var key) && _callers.IsGone(key))
            _running.Leave(key); // A part of a stream, or the question whether the caller is there yet.
    }

    /// <summary>The caller has cancelled.</summary>
    public void Cancel(RequestKey key)
    {
        _counters.CancelsReceived();
        _running.Cancel(key);
    }

    /// <summary>The caller of a stream takes more items.</summary>
    public void Grant(RequestKey key, int credit) => _streams.Grant(key, credit);

    protected override void BeforeSend() => _replies.Flush();

    protected override void Broke(Exception failure) => Log.RequestBroke(_log, failure, _server.Queue);

    protected override ValueTask ProcessAsync(ServerItem item)
    {
        if (!item.Link.Channel.IsOpen)
        {
            item.Buffer?.Release(); // The broker has taken it back already: to run it now is to run it twice.
            return default;
        }
        if (_stopping)
        {
            ReplySender.GiveBack(item);
            return default;
        }
        if (RequestKey.TryRead(item.Properties, out var key) && _running.WasCancelled(key))
        {
            _replies.Settle(item); // Nobody waits for an answer.
            return default;
        }
        var method = _server.Handler.MethodOf(item);
        if (item.IsSafe)
            return _safe.RunAsync(new OwnedRequest(item, method));
        var now = _time.GetTimestamp();
        var budget = item.BudgetAt(now, _time);
        if (_admission.WhyNot(item, method, budget) is { } fault)
        {
            _replies.Answer(item, fault);
            return default;
        }
        return _isPlain && !CallTelemetry.WantsSpans ? RunPlain(item, budget) : Run(new RunningRequest(_server, item, method, budget, key, now));
    }

    // Code that computes its reply at once: no more than decode, run, reply, and to look at the clock when somebody wants to know.
    private ValueTask RunPlain(in ServerItem item, Budget budget)
    {
        var durations = Statistics.Of("");
        var isMeasured = CallMetrics.WantsRequests;
        var isTimed = durations.Add() || isMeasured;
        var started = isTimed ? _time.GetTimestamp() : 0;
        var status = default(RpcStatus?);
        if (isMeasured)
            Statistics.Started();
        try
        {
            if (_server.Handler.TryStart(_server.Queue, item, null, budget, default, out var running, out var fault))
                _replies.Answer(item, running.Reply.Result);
            else
            {
                status = fault.Status;
                _replies.Answer(item, fault);
            }
        }
        catch (Exception e)
        {
            durations.Fail();
            var fault = _faults.Of(e, null);
            status = fault.Status;
            _replies.Answer(item, fault);
        }
        if (isMeasured)
            Statistics.Left();
        if (!isTimed)
            return default;
        var took = _time.GetElapsedTime(started);
        durations.Sample(took);
        if (isMeasured)
            CallTelemetry.Served(_server.Queue, span: null, status, took, budget.Age);
        return default;
    }

    private ValueTask Run(RunningRequest request)
    {
        var item = request.Item;
        try
        {
            if (!request.TryStart(out var started, out var refused))
                _replies.Answer(item, refused);
            else if (started.Items is { } items)
                return _streams.RunAsync(request.Keep(), items);
            else if (started.Reply.IsCompletedSuccessfully)
                _replies.Answer(item, started.Reply.Result);
            else
                return FinishAsync(request.Keep(), started.Reply.AsTask());
        }
        catch (Exception e)
        {
            var fault = _faults.Of(e, request);
            request.Fails(fault.Status);
            _replies.Answer(item, fault);
        }
        request.End();
        return default;
    }

    private async ValueTask FinishAsync(RunningRequest request, Task<Payload> running)
    {
        Payload reply = default;
        Fault? fault = null;
        using (_callers.Watch(request))
        {
            try
            {
                reply = await running.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                fault = _faults.Of(e, request);
                request.Fails(fault.Value.Status);
            }
        }
        // This may be any thread, so no runner will send for us: the reply and its acknowledgement in one go.
        var sends = SendScope.Current is null ? SendScope.Enter() : null;
        if (fault is { } failed)
            _replies.Answer(request.Item, failed);
        else
            _replies.Answer(request.Item, reply);
        _replies.Flush();
        sends?.Exit();
        request.End();
    }

    private async Task<bool> IsDoneAsync(Task task, TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(within, _time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
