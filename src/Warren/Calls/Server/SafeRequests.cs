using System.Collections.Concurrent;

namespace Warren;

/// <summary>
/// Runs each Safe request once in effect, as far as this server and its store know: what was answered is answered again from the store, and what runs
/// here now is waited for.
/// </summary>
internal sealed class SafeRequests(IReplyStore store)
{
    private readonly ConcurrentDictionary<string, Run> _running = new(StringComparer.Ordinal);

    /// <summary>The reply to this id: a stored one, that of the run under way, or that of a new run. Null when the run gave up without one.</summary>
    public async ValueTask<StoredReply?> RunAsync(SafeRunner runner, ServerItem item, RpcMethod? method)
    {
        var callId = item.CallId;
        var mine = new Run();
        var run = _running.GetOrAdd(callId, mine);
        if (run != mine)
        {
            runner.DuplicateRequest(method);
            return await run.Task.ConfigureAwait(false);
        }
        try
        {
            var reply = await FindOrRunAsync(callId, runner, item, method).ConfigureAwait(false);
            mine.SetResult(reply);
            return reply;
        }
        catch (Exception e)
        {
            mine.SetException(e);
            _ = mine.Task.Exception; // Seen, even if no copy of the request waits for it.
            throw;
        }
        finally
        {
            _running.TryRemove(callId, out _);
        }
    }

    private async ValueTask<StoredReply?> FindOrRunAsync(string callId, SafeRunner runner, ServerItem item, RpcMethod? method)
    {
        if (await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } known)
        {
            runner.DuplicateRequest(method);
            return known;
        }
        var reply = await runner.ExecuteAsync(item, method).ConfigureAwait(false);
        if (reply is null || reply is { Status: not null, Outcome: not RpcOutcome.Executed })
            return reply; // What was refused had no effect that must not come twice: the caller may try again.
        // A handler that commits effect and reply together fails when another server was quicker; then that one's reply is there.
        if (reply.Status is not null && await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } first)
            return first;
        await store.StoreAsync(callId, reply, CancellationToken.None).ConfigureAwait(false);
        return reply;
    }

    private sealed class Run() : TaskCompletionSource<StoredReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
}
