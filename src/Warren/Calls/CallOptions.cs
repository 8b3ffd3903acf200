namespace Warren;

/// <summary>How one call is made. Make one instance and use it for many calls.</summary>
public sealed record CallOptions
{
    /// <summary>
    /// When the call ends at the latest, counted from now: it covers connecting, sending, waiting in the queue and the handler. More than zero,
    /// at most 24 days. Null takes <see cref="BusOptions.CallTimeout"/>.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// True: a request to a queue without a server waits there for one, until the deadline. False: such a call ends at once as
    /// <see cref="RpcStatus.Unavailable"/>. (A server that goes away while requests wait is noticed at the deadline in both cases.) Safe calls always wait.
    /// </summary>
    public bool WaitForServer { get; init; }

    /// <summary>
    /// True: the broker drops the request when no server can take it at once, and the call ends as <see cref="RpcStatus.Unavailable"/>, in about one round trip. A server can
    /// take it while fewer requests than its <see cref="ServeOptions.Prefetch"/> are with it. For Fast calls of contracts, whose callers the broker tells
    /// what it drops; of a contract with <see cref="ContractQueue.Classic"/> queues the outcome is unknown then. Otherwise an <see cref="ArgumentException"/>.
    /// </summary>
    public bool OnlyIfFree { get; init; }

    /// <summary>What the call does when something breaks; default <see cref="CallMode.Fast"/>.</summary>
    public CallMode Mode { get; init; }

    /// <summary>When the call is made again; null (the default) is never. Not for streams, of which the caller may have seen a part.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>True when the request may run twice for one call; of a contract's method, <see cref="IdempotentAttribute"/> says it.</summary>
    public bool IsIdempotent { get; init; }

    internal int Attempt { get; init; } = 1;

    /// <summary>True for one attempt of a call that <see cref="Retry"/> may make again: span and measurement belong to the call, and not to its attempts.</summary>
    internal bool IsAttempt { get; init; }

    /// <summary>The id under which servers know the call again; null for one of the sender's. All attempts of a call share it.</summary>
    internal string? MessageId { get; init; }

    /// <summary>The option for one server free is for those whom the broker tells what it dropped.</summary>
    internal void CheckNotOnlyIfFree()
    {
        if (OnlyIfFree)
            throw new ArgumentException("CallOptions.OnlyIfFree is for Fast calls of contracts: of other requests the broker tells nobody that it dropped them.");
    }
}
