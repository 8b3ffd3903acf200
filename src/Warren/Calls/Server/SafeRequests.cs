using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Warren;

/// <summary>
/// Runs each Safe request once in effect, as far as this server and its store know: what was answered is answered again from the store, and what runs
/// here now is waited for.
/// </summary>
internal sealed class SafeRequests(IReplyStore store)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Run?> _running = new(StringComparer.Ordinal); // Guarded by _gate; null as long as nobody else waits for the run.

    /// <summary>The reply to this request: a stored one, that of the run under way, or that of a new run. Null when the run gave up without one.</summary>
    public async ValueTask<StoredReply?> RunAsync(SafeRunner runner, OwnedRequest request)
    {
        if (!TryBegin(request.CallId, out var other))
        {
            runner.DuplicateRequest(request.Method);
            return await other.Task.ConfigureAwait(false);
        }
        try
        {
            var reply = await FindOrRunAsync(runner, request).ConfigureAwait(false);
            End(request.CallId)?.SetResult(reply);
            return reply;
        }
        catch (Exception e)
        {
            if (End(request.CallId) is { } waiting)
            {
                waiting.SetException(e);
                _ = waiting.Task.Exception; // Seen, even if the copies of the request do not wait any more.
            }
            throw;
        }
    }

    // False when it runs already; then the other is that run.
    private bool TryBegin(string callId, [NotNullWhen(false)] out Run? other)
    {
        lock (_gate)
        {
            ref var run = ref CollectionsMarshal.GetValueRefOrAddDefault(_running, callId, out var isRunning);
            other = isRunning ? run ??= new Run() : null;
            return !isRunning;
        }
    }

    private Run? End(string callId)
    {
        lock (_gate)
        {
            _running.Remove(callId, out var waiting);
            return waiting;
        }
    }

    private async ValueTask<StoredReply?> FindOrRunAsync(SafeRunner runner, OwnedRequest request)
    {
        var callId = request.CallId;
        if (await store.FindAsync(callId, CancellationToken.None).ConfigureAwait(false) is { } known)
        {
            runner.DuplicateRequest(request.Method);
            return known;
        }
        var reply = await runner.ExecuteAsync(request).ConfigureAwait(false);
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
