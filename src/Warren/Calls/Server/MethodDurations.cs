using System.Numerics;

namespace Warren;

/// <summary>
/// How long the handler of one method took, in buckets of which each is at most a quarter wider than the one before. What is long ago counts less than
/// what was lately. From any thread.
/// </summary>
internal sealed class MethodDurations
{
    private const int PerDoubling = 4;
    private const int Doublings = 40; // 1 us to more than a week.
    private const int SamplesToForget = 4096; // Then each counts half.
    private const int OneTriedIn = 16;

    private readonly long[] _buckets = new long[PerDoubling * Doublings];
    private long _count;
    private long _failures;
    private long _sampled;
    private long _tooLate;

    /// <summary>Requests that ended.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Those that ended with a fault.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public TimeSpan Median => Quantile(0.5);

    /// <summary>Counts a request; true when its duration should be given to <see cref="Sample"/>. Not every time: clocks cost more than short handlers.</summary>
    public bool Add()
    {
        const int oneIn = 16;
        return Interlocked.Increment(ref _count) % oneIn == 1;
    }

    public void Add(TimeSpan took, bool failed)
    {
        Interlocked.Increment(ref _count);
        if (failed)
            Interlocked.Increment(ref _failures);
        Sample(took);
    }

    public void Fail() => Interlocked.Increment(ref _failures);

    public void Sample(TimeSpan took)
    {
        Interlocked.Increment(ref _buckets[BucketOf(took)]);
        if (Interlocked.Increment(ref _sampled) % SamplesToForget == 0)
            Forget();
    }

    /// <summary>
    /// True for one in so many requests that have less time left than the median: they are run all the same. If none of them were, a server that was
    /// slow for a while would never learn that it is not any more.
    /// </summary>
    public bool IsTried() => Interlocked.Increment(ref _tooLate) % OneTriedIn == 0;

    /// <summary>The duration that this share of the requests does not exceed, to a quarter; zero when there were none.</summary>
    public TimeSpan Quantile(double share)
    {
        var rank = (long)Math.Ceiling(Volatile.Read(ref _sampled) * share);
        for (var i = 0; i < _buckets.Length && rank > 0; i++)
        {
            rank -= Volatile.Read(ref _buckets[i]);
            if (rank <= 0)
                return UpperEdge(i);
        }
        return TimeSpan.Zero; // None, or others are forgetting them at this moment.
    }

    // What others add meanwhile may be counted once more or once less.
    private void Forget()
    {
        var kept = 0L;
        foreach (ref var bucket in _buckets.AsSpan())
        {
            var half = Volatile.Read(ref bucket) / 2;
            Interlocked.Add(ref bucket, -half);
            kept += Volatile.Read(ref bucket);
        }
        Interlocked.Exchange(ref _sampled, kept);
    }

    private static int BucketOf(TimeSpan took)
    {
        var microseconds = Math.Max(1, (long)took.TotalMicroseconds);
        var doubling = BitOperations.Log2((ulong)microseconds);
        var within = (int)(((microseconds - (1L << doubling)) * PerDoubling) >> doubling);
        return Math.Min((doubling * PerDoubling) + within, (PerDoubling * Doublings) - 1);
    }

    private static TimeSpan UpperEdge(int bucket)
    {
        var doubling = bucket / PerDoubling;
        var within = bucket % PerDoubling;
        return TimeSpan.FromMicroseconds((1L << doubling) * (1 + ((within + 1) / (double)PerDoubling)));
    }
}
