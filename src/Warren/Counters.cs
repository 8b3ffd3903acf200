using System.Collections.Concurrent;

namespace Warren;

/// <summary>The numbers behind <see cref="BusStatistics"/>, and those of them that are metrics too. Written by any thread.</summary>
internal sealed class Counters
{
    private readonly ConcurrentDictionary<MethodStatistics, bool> _servers = new();
    private long _calls;
    private long _replies;
    private long _expired;
    private long _returned;
    private long _cancelled;
    private long _lost;
    private long _late;
    private long _duplicate;
    private long _unknown;
    private long _served;
    private long _faulted;
    private long _callersGone;
    private long _dropped;
    private long _cancelsReceived;
    private long _duplicateRequests;
    private long _shed;

    /// <summary>Requests that run on this bus's servers; of handlers that compute their reply at once only while somebody listens.</summary>
    public int RunningRequests => _servers.Keys.Sum(server => server.InFlight);

    public void ServerStarted(MethodStatistics server) => _servers[server] = true;

    public void ServerStopped(MethodStatistics server) => _servers.TryRemove(server, out _);

    public void CallStarted() => Interlocked.Increment(ref _calls);

    public void Replied() => Interlocked.Increment(ref _replies);

    public void Expired() => Interlocked.Increment(ref _expired);

    public void Returned() => Interlocked.Increment(ref _returned);

    public void Cancelled() => Interlocked.Increment(ref _cancelled);

    public void Lost(int calls) => Interlocked.Add(ref _lost, calls);

    public void Served() => Interlocked.Increment(ref _served);

    public void Faulted() => Interlocked.Increment(ref _faulted);

    public void CancelsReceived() => Interlocked.Increment(ref _cancelsReceived);

    /// <summary>A Safe request that is not run because it was, or is running.</summary>
    public void DuplicateRequest(string method)
    {
        Interlocked.Increment(ref _duplicateRequests);
        CallMetrics.RequestCameAgain(method);
    }

    /// <summary>A request that was refused because there is too much to do.</summary>
    public void RequestShed(string method, string reason)
    {
        Interlocked.Increment(ref _shed);
        CallMetrics.RequestShed(method, reason);
    }

    public void RequestDropped() => Interlocked.Increment(ref _dropped);

    public void CallerGone() => Interlocked.Increment(ref _callersGone);

    /// <summary>A reply that belongs to no call, by what became of the call that had its id.</summary>
    public void Dropped(CallEnd lastEnd)
    {
        switch (lastEnd)
        {
            case CallEnd.Replied: Interlocked.Increment(ref _duplicate); CallMetrics.ReplyDropped("duplicate"); break;
            case CallEnd.GivenUp: Interlocked.Increment(ref _late); CallMetrics.ReplyDropped("late"); break;
            default: Interlocked.Increment(ref _unknown); CallMetrics.ReplyDropped("unknown"); break;
        }
    }

    public BusStatistics Snapshot(int pendingCalls, long reconnects) => new()
    {
        Calls = Interlocked.Read(ref _calls),
        PendingCalls = pendingCalls,
        Replies = Interlocked.Read(ref _replies),
        DeadlinesExceeded = Interlocked.Read(ref _expired),
        RequestsReturned = Interlocked.Read(ref _returned),
        CallsCancelled = Interlocked.Read(ref _cancelled),
        CallsLost = Interlocked.Read(ref _lost),
        LateReplies = Interlocked.Read(ref _late),
        DuplicateReplies = Interlocked.Read(ref _duplicate),
        UnknownReplies = Interlocked.Read(ref _unknown),
        RequestsServed = Interlocked.Read(ref _served),
        RequestsFaulted = Interlocked.Read(ref _faulted),
        CallersGone = Interlocked.Read(ref _callersGone),
        CancelsReceived = Interlocked.Read(ref _cancelsReceived),
        DuplicateRequests = Interlocked.Read(ref _duplicateRequests),
        RequestsShed = Interlocked.Read(ref _shed),
        RequestsDropped = Interlocked.Read(ref _dropped),
        Reconnects = reconnects,
    };
}
