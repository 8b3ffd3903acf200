using System.Collections.Concurrent;

namespace Warren;

/// <summary>
/// Runs each Safe request once in effect: what was answered is answered again from the store, and what runs now is waited for.
/// </summary>
internal sealed class SafeRequests(IReplyStore store)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<StoredReply>>> _running = new(StringComparer.Ordinal);

    /// <summary>The reply to this id: a stored one, that of the run under way, or that of a new run.</summary>
    public async Task<StoredReply> RunAsync(string callId, Func<Task<StoredReply>> execute, Counters counters, string method)
    {
        var mine = new Lazy<Task<StoredReply>>(() => FindOrRunAsync(callId, execute, counters, method));
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

    private async Task<StoredReply> FindOrRunAsync(string callId, Func<Task<StoredReply>> execute, Counters counters, string method)
    {
        if (await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } known)
        {
            counters.DuplicateRequest(method);
            return known;
        }
        var reply = await execute().ConfigureAwait(false);
        // What was refused, and what stopped for want of time, has no effect that must not come twice; the caller may try again.
        if (reply.Status is null || reply.Outcome == RpcOutcome.Executed)
            await store.StoreAsync(callId, reply, CancellationToken.None).ConfigureAwait(false);
        return reply;
    }
}
