namespace Warren;

/// <summary>How messages are taken.</summary>
public sealed record ReceiveOptions
{
    /// <summary>
    /// How many messages the broker may hand over before the first is done, 1 to 65535. Null takes 1 for a queue, so that each message goes to
    /// a worker that is free, and 256 for a subscription, which has a queue of its own.
    /// </summary>
    public int? Prefetch { get; init; }

    /// <summary>How many handlers may run at once. With 1, the default, messages are handled in their order.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How long disposing waits for handlers that run. Default 10 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    internal void Check()
    {
        if (Prefetch is { } prefetch)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1, nameof(Prefetch));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(prefetch, ushort.MaxValue, nameof(Prefetch));
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(Concurrency, 1, nameof(Concurrency));
        ArgumentOutOfRangeException.ThrowIfLessThan(DrainTime, TimeSpan.Zero, nameof(DrainTime));
    }
}
