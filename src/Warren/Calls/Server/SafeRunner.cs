using Microsoft.Extensions.Logging;
using Warren.Client;

namespace Warren;

/// <summary>
/// Runs Safe requests: each once in effect, with a reply that is confirmed before the request is acknowledged. What cannot be finished here goes back
/// to the queue, for another server.
/// </summary>
internal sealed class SafeRunner(ServedBy server, Admission admission, ReplySender replies, RequestFaults faults, CallerWatch callers, Counters counters, ILogger log)
{
    private static readonly ReconnectPolicy StorePause = new() { MaxDelay = TimeSpan.FromSeconds(10) };

    private readonly SafeRequests _requests = new(server.Options.Replies);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly Lock _gate = new();
    private ServerLink[] _links = []; // By which requests came; replaced under _gate, read by any thread.
    private int _storeFailures; // In a row.

    /// <summary>The server stops: what pauses goes on.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>The drain time is over: replies that the broker has not taken by now are given up.</summary>
    public void GiveUp()
    {
        _givingUp.Cancel();
        foreach (var link in Volatile.Read(ref _links))
            _ = link.GiveUpRepliesAsync();
    }

    public async ValueTask RunAsync(OwnedRequest request)
    {
        Note(request.Item.Link);
        StoredReply? reply;
        try
        {
            reply = await _requests.RunAsync(this, request).ConfigureAwait(false);
            Volatile.Write(ref _storeFailures, 0);
        }
        catch (Exception e)
        {
            Log.StoreFailed(log, e, server.Queue);
            await PauseAsync().ConfigureAwait(false);
            reply = null;
        }
        if (reply is null)
            ReplySender.GiveBack(request.Item);
        else
            await replies.AnswerSafelyAsync(request, reply, server.Time, _givingUp.Token).ConfigureAwait(false);
        request.Item.Link.Acks.FlushLater();
    }

    /// <summary>A request came whose reply is there, or on its way.</summary>
    public void DuplicateRequest(RpcMethod? method) => counters.DuplicateRequest(server.NameOf(method));

    /// <summary>Runs the handler. Null when the server stops and it has not finished: there is no answer then, and somebody else may give one.</summary>
    public async ValueTask<StoredReply?> ExecuteAsync(OwnedRequest owned)
    {
        var now = server.Time.GetTimestamp();
        var budget = owned.Item.BudgetAt(now, server.Time);
        if (admission.WhyNot(owned.Item, owned.Method, budget) is { } refusal)
            return StoredReply.Of(refusal);
        RequestKey.TryRead(owned.Item.Properties, out var key);
        var request = new RunningRequest(server, owned.Item, owned.Method, budget, key, now, owned.CallId);
        try
        {
            if (!request.TryStart(out var started, out var refused))
                return StoredReply.Of(refused);
            if (started.Items is not null)
                return StoredReply.Of(new Fault(RpcStatus.Unimplemented, RpcOutcome.NotExecuted, "a stream cannot be repeated, so it cannot be called in Safe mode"));
            if (started.Reply.IsCompletedSuccessfully)
                return StoredReply.Of(started.Reply.Result);
            using (callers.Watch(request))
                return StoredReply.Of(await started.Reply.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            var fault = faults.Of(e, request);
            request.Fails(fault.Status);
            return request.Stopped switch
            {
                StopReason.ServerStops when e is OperationCanceledException => null,
                // A caller that comes back asks again: it should not find this.
                StopReason.CallerGone when e is OperationCanceledException => StoredReply.Of(fault with { Outcome = RpcOutcome.MaybeExecuted }),
                _ => StoredReply.Of(fault),
            };
        }
        finally
        {
            request.End();
        }
    }

    private void Note(ServerLink link)
    {
        if (Array.IndexOf(Volatile.Read(ref _links), link) >= 0)
            return;
        lock (_gate)
            Volatile.Write(ref _links, [.. _links.Where(known => known.Channel.IsOpen && known != link), link]);
    }

    // A store that fails now will fail for the next request too: without a pause the request would come and go until its queue gives it up.
    private async Task PauseAsync()
    {
        var failures = Interlocked.Increment(ref _storeFailures);
        await Task.Delay(StorePause.DelayBefore(failures - 1, Random.Shared.NextDouble()), server.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
