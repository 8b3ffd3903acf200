namespace Warren;

/// <summary>
/// How long the last requests of one method took, so that what is refused for want of time follows what handlers really take: the last few count, and
/// only those of the last five minutes. From any thread.
/// </summary>
internal sealed class RecentDurations
{
    private const int Window = 64;
    private const int SamplesToTrust = 32;

    private static readonly TimeSpan MostAge = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly (long EndedAt, long TookTicks)[] _samples = new (long, long)[Window]; // A ring, guarded by _gate as everything to the blank line.
    private readonly long[] _sorted = new long[Window];
    private int _count;
    private int _next;

    private long _medianTicks; // Of a TimeSpan; written with _gate held, read by anybody.

    /// <summary>Half of them took longer, as of the last one that was added; zero until there are enough to trust.</summary>
    public TimeSpan Median => TimeSpan.FromTicks(Volatile.Read(ref _medianTicks));

    /// <summary>A request has ended.</summary>
    /// <param name="took">How long it took.</param>
    /// <param name="endedAt">A timestamp of the clock.</param>
    /// <param name="time">The clock.</param>
    public void Add(TimeSpan took, long endedAt, TimeProvider time)
    {
        lock (_gate)
        {
            _samples[_next] = (endedAt, took.Ticks);
            _next = (_next + 1) % Window;
            _count = Math.Min(_count + 1, Window);
            Calculate(endedAt, time);
        }
    }

    /// <summary>The median as of now: what is too old has no say.</summary>
    public TimeSpan MedianAt(long now, TimeProvider time)
    {
        lock (_gate)
        {
            Calculate(now, time);
            return Median;
        }
    }

    private void Calculate(long now, TimeProvider time)
    {
        var recent = 0;
        for (var i = 0; i < _count; i++)
        {
            if (time.GetElapsedTime(_samples[i].EndedAt, now) <= MostAge)
                _sorted[recent++] = _samples[i].TookTicks;
        }
        Array.Sort(_sorted, 0, recent);
        Volatile.Write(ref _medianTicks, recent < SamplesToTrust ? 0 : _sorted[(recent - 1) / 2]);
    }
}
