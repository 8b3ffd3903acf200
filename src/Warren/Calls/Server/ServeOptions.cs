namespace Warren;

/// <summary>How a server takes its requests.</summary>
public sealed record ServeOptions
{
    /// <summary>
    /// How many requests the broker may hand over before the first is answered, 1 to 65535. 1 is the fair dispatch of the tutorials: each
    /// request goes to a server that is free, which suits handlers that take long. More hides the way to the broker and back and lets
    /// requests, replies and acknowledgements travel in batches, which suits short ones. Default 64.
    /// </summary>
    public int Prefetch { get; init; } = 64;

    /// <summary>How many handlers may run at once, at least 1; null (the default) is as many as <see cref="Prefetch"/>.</summary>
    public int? Concurrency { get; init; }

    /// <summary>How long a stop waits for handlers that run, before it cancels their token and gives up on them. Default 10 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many requests may run at once before further ones are refused with <see cref="RpcStatus.ResourceExhausted"/> instead of waiting, at least 1;
    /// null (the default) is no limit but <see cref="Concurrency"/>, behind which requests wait.
    /// </summary>
    public int? MaxInFlight { get; init; }

    /// <summary>True (the default) refuses a request that has less time left than half of its method's requests take: it would be work for nobody.</summary>
    public bool ShedsLate { get; init; } = true;

    /// <summary>Where the replies to Safe calls are kept, so that one that comes again is answered and not run again. In memory by default.</summary>
    public IReplyStore Replies { get; init; } = new MemoryReplyStore();

    /// <summary>
    /// How often a Safe request of a contract is given to servers that go away with it, before its caller is told; 1 to 1000, default 20. Servers of
    /// one contract have to agree: it is an argument of their queue.
    /// </summary>
    public int DeliveryLimit { get; init; } = 20;

    /// <summary>True sends callers what handlers throw, stack trace and all, instead of an id that stands in the log. For development only.</summary>
    public bool ShowExceptions { get; init; }

    /// <summary>The version of the service, for discovery.</summary>
    public string? Version { get; init; }

    internal int HandlersAtOnce => Concurrency ?? Prefetch;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Prefetch, 1, nameof(Prefetch));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Prefetch, ushort.MaxValue, nameof(Prefetch));
        ArgumentOutOfRangeException.ThrowIfLessThan(HandlersAtOnce, 1, nameof(Concurrency));
        if (MaxInFlight is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(MaxInFlight));
        ArgumentOutOfRangeException.ThrowIfLessThan(DeliveryLimit, 1, nameof(DeliveryLimit));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DeliveryLimit, 1000, nameof(DeliveryLimit));
        ArgumentNullException.ThrowIfNull(Replies);
        ArgumentOutOfRangeException.ThrowIfLessThan(DrainTime, TimeSpan.Zero, nameof(DrainTime));
    }
}
