using System.Collections.Concurrent;

namespace Warren;

/// <summary>
/// Runs each Safe request once in effect, as far as this server and its store know: what was answered is answered again from the store, and what runs
/// here now is waited for.
/// </summary>
internal sealed class SafeRequests(IReplyStore store)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<StoredReply?>>> _running = new(StringComparer.Ordinal);

    /// <summary>The reply to this id: a stored one, that of the run under way, or that of a new run. Null when the run gave up without one.</summary>
    public async Task<StoredReply?> RunAsync(string callId, Func<Task<StoredReply?>> execute, Counters counters, string method)
    {
        var mine = new Lazy<Task<StoredReply?>>(() => FindOrRunAsync(callId, execute, counters, method));
        var run = _running.GetOrAdd(callId, mine);
        if (run != mine)
            counters.DuplicateRequest(method);
        try
        {
            return await run.Value.ConfigureAwait(false);
        }
        finally
        {
            if (run == mine)
                _running.TryRemove(callId, out _);
        }
    }

    private async Task<StoredReply?> FindOrRunAsync(string callId, Func<Task<StoredReply?>> execute, Counters counters, string method)
    {
        if (await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } known)
        {
            counters.DuplicateRequest(method);
            return known;
        }
        var reply = await execute().ConfigureAwait(false);
        if (reply is null || reply is { Status: not null, Outcome: not RpcOutcome.Executed })
            return reply; // What was refused had no effect that must not come twice: the caller may try again.
        // A handler that commits effect and reply together fails when another server was quicker; then that one's reply is there.
        if (reply.Status is not null && await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } first)
            return first;
        await store.StoreAsync(callId, reply, CancellationToken.None).ConfigureAwait(false);
        return reply;
    }
}
