namespace Warren.Broker;

/// <summary>The host's time: the wall clock at the start, then the monotonic one, so that it never runs backwards.</summary>
internal sealed class BrokerClock(TimeProvider time)
{
    private readonly DateTimeOffset _startUtc = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    /// <summary>Since the broker started.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_startTimestamp);

    public DateTimeOffset At(TimeSpan elapsed) => _startUtc + elapsed;
}
