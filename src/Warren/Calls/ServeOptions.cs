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

    internal int HandlersAtOnce => Concurrency ?? Prefetch;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Prefetch, 1, nameof(Prefetch));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Prefetch, ushort.MaxValue, nameof(Prefetch));
        ArgumentOutOfRangeException.ThrowIfLessThan(HandlersAtOnce, 1, nameof(Concurrency));
        ArgumentOutOfRangeException.ThrowIfLessThan(DrainTime, TimeSpan.Zero, nameof(DrainTime));
    }
}
