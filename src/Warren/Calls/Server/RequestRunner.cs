using Microsoft.Extensions.Logging;
using Warren.Client;

namespace Warren;

/// <summary>
/// Runs the requests of one server. For each: may it run, is there time left, can it be decoded, run, reply, and then the acknowledgement.
/// Whatever goes wrong is answered, so that no request loops and no caller waits for nothing.
/// </summary>
internal sealed class RequestRunner(string queue, RequestHandler handler, ServeOptions options, TimeProvider time, Counters counters, ILogger log)
    : DispatchQueue<ServerItem>(options.HandlersAtOnce)
{
    private readonly RunningRequests _running = new(time);
    private readonly ReplySender _replies = new(queue, counters, log);
    private readonly SafeRequests _safe = new(options.Replies);
    private readonly RequestFaults _faults = new(queue, options, log);
    private readonly StreamReplies _streams = new();
    private readonly CallerWatch _callers = new(time);
    private volatile bool _stopping;

    public MethodStatistics Statistics { get; } = new(time);

    /// <summary>Requests that run, whatever their handler is.</summary>
    public int InFlight => Active;

    private ServedBy Server => field ??= new ServedBy(queue, handler, options, time, _running, Statistics);

    /// <summary>From now on requests are given back instead of run.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Waits for what runs; past the time the tokens fire, and after that only a moment is left to react to them.</summary>
    public async Task DrainAsync(TimeSpan drainTime, CancellationToken cancellationToken)
    {
        var idle = WhenIdleAsync();
        if (await IsDoneAsync(idle, drainTime, cancellationToken).ConfigureAwait(false))
            return;
        _running.CancelAll();
        await IsDoneAsync(idle, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
    }

    public void ReplyReturned(in InboundReturn returned)
    {
        counters.CallerGone();
        if (RequestKey.TryRead(returned.Properties, returned.RoutingKey, out var key))
            _running.Cancel(key); // A part of a stream, or the question whether the caller is there yet.
    }

    /// <summary>The caller has cancelled.</summary>
    public void Cancel(RequestKey key)
    {
        counters.CancelsReceived();
        _running.Cancel(key);
    }

    /// <summary>The caller of a stream takes more items.</summary>
    public void Grant(RequestKey key, int credit) => _streams.Grant(key, credit);

    protected override void BeforeSend() => _replies.Flush();

    protected override void Broke(Exception failure) => Log.RequestBroke(log, failure, queue);

    protected override ValueTask ProcessAsync(ServerItem item)
    {
        if (!item.Link.Channel.IsOpen)
        {
            item.Buffer?.Release(); // The broker has taken it back already: to run it now is to run it twice.
            return default;
        }
        if (_stopping)
        {
            if (item.Place == ServerItem.NoPlace)
                item.Buffer?.Release();
            else
                ReplySender.GiveBack(item);
            return default;
        }
        var method = handler.MethodOf(item);
        var budget = item.BudgetAt(time.GetTimestamp(), time);
        if (WhyNot(item, method, budget) is { } fault)
        {
            _replies.Answer(item, fault);
            return default;
        }
        if (RequestKey.TryRead(item.Properties, out var key) && _running.WasCancelled(key))
        {
            _replies.Settle(item); // Nobody waits for an answer.
            return default;
        }
        if (item.IsSafe)
            return RunSafelyAsync(item.ToOwned(withBody: true), method, budget);
        return handler.TakesContext || options.MaxInFlight is not null || CallTelemetry.IsListening ? Run(new RunningRequest(Server, item, method, budget)) : RunPlain(item, budget);
    }

    // What is refused before the handler.
    private Fault? WhyNot(in ServerItem item, RpcMethod? method, Budget budget)
    {
        if (budget.IsSpent)
            return new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted, $"the request reached its server {-budget.LeftMs} ms after its deadline");
        if (item.Redelivered && item.IsFromWarren && !item.IsSafe && method is not { IsIdempotent: true })
            return new Fault(RpcStatus.Unavailable, RpcOutcome.MaybeExecuted, "the server that took the request first went away before it answered");
        return Statistics.WhyShed(options, method?.Name ?? "", budget);
    }

    // Code that computes its reply at once, with nobody watching: no more than decode, run, reply.
    private ValueTask RunPlain(in ServerItem item, Budget budget)
    {
        var durations = Statistics.Of("");
        var started = durations.Add() ? time.GetTimestamp() : 0;
        try
        {
            if (handler.TryStart(queue, item, null, budget, default, out var running, out var fault))
                _replies.Answer(item, running.Reply.Result);
            else
                _replies.Answer(item, fault);
        }
        catch (Exception e)
        {
            durations.Fail();
            _replies.Answer(item, _faults.Of(e, null, _stopping));
        }
        if (started != 0)
            durations.Sample(time.GetElapsedTime(started));
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
                return StreamAsync(request.Keep(), items);
            else if (started.Reply.IsCompletedSuccessfully)
                _replies.Answer(item, started.Reply.Result);
            else
                return FinishAsync(request.Keep(), started.Reply.AsTask());
        }
        catch (Exception e)
        {
            var fault = _faults.Of(e, request, _stopping);
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
                fault = _faults.Of(e, request, _stopping);
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

    private async ValueTask StreamAsync(RunningRequest request, IAsyncEnumerable<Payload> items)
    {
        Fault? fault = null;
        var count = 0L;
        using (_callers.Watch(request))
        using (var stream = _streams.Open(request))
        {
            try
            {
                await foreach (var item in items.WithCancellation(request.Token).ConfigureAwait(false))
                {
                    await stream.WaitForCreditAsync(request.Token).ConfigureAwait(false);
                    if (!_replies.SendPart(request.Item, item, stream.NextProperties(item.ContentType)))
                        break;
                    count++;
                }
                request.Token.ThrowIfCancellationRequested(); // A stream that ends because it was told to has not ended well.
            }
            catch (Exception e)
            {
                fault = _faults.Of(e, request, _stopping);
                request.Fails(fault.Value.Status);
            }
        }
        if (fault is { } failed)
            _replies.Answer(request.Item, failed with { Items = count });
        else
        {
            _replies.SendPart(request.Item, default, StreamHeaders.End(request.Item.Properties.CorrelationId, count));
            _replies.Settle(request.Item);
        }
        _replies.Flush();
        request.End();
    }

    // Once in effect: a request that was answered before is answered again, and one that runs now is not started twice.
    private async ValueTask RunSafelyAsync(ServerItem item, RpcMethod? method, Budget budget)
    {
        try
        {
            var reply = await _safe.RunAsync(item.CallId, () => ExecuteAsync(item, method, budget), counters).ConfigureAwait(false);
            if (await _replies.AnswerSafelyAsync(item, reply).ConfigureAwait(false))
                _replies.Flush();
        }
        catch (Exception e)
        {
            Log.StoreFailed(log, e, queue);
            ReplySender.GiveBack(item);
        }
    }

    private async Task<StoredReply> ExecuteAsync(ServerItem item, RpcMethod? method, Budget budget)
    {
        var request = new RunningRequest(Server, item, method, budget);
        try
        {
            if (!request.TryStart(out var started, out var refused))
                return StoredReply.Of(refused);
            if (started.Items is not null)
                return StoredReply.Of(new Fault(RpcStatus.Unimplemented, RpcOutcome.NotExecuted, "a stream cannot be repeated, so it cannot be called in Safe mode"));
            return StoredReply.Of(await started.Reply.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            var fault = _faults.Of(e, request, _stopping);
            request.Fails(fault.Status);
            return StoredReply.Of(fault);
        }
        finally
        {
            request.End();
        }
    }

    private async Task<bool> IsDoneAsync(Task task, TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(within, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
