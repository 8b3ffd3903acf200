namespace Warren.Broker;

/// <summary>The host's time: the wall clock at the start, then the monotonic one, so that it never runs backwards.</summary>
internal sealed class BrokerClock(TimeProvider time)
{
    private readonly DateTimeOffset _startUtc = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    public long StartTimestamp => _startTimestamp;

    /// <summary>Since the broker started.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_startTimestamp);

    public DateTimeOffset At(TimeSpan elapsed) => _startUtc + elapsed;

    /// <summary>The first whole millisecond since the start at which it is so late or later; <see cref="long.MaxValue"/> stays what it is.</summary>
    public long ElapsedMsAt(long utcTicks) =>
        utcTicks == long.MaxValue ? utcTicks : (utcTicks - _startUtc.UtcTicks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
}
