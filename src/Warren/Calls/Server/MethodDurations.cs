using System.Numerics;

namespace Warren;

/// <summary>
/// How long the handler of one method took since the server's start, in buckets of which each is at most a quarter wider than the one before; and how
/// long it takes of late. From any thread.
/// </summary>
internal sealed class MethodDurations(TimeProvider time)
{
    private const int PerDoubling = 4;
    private const int Doublings = 40; // 1 us to more than a week.
    private const int AllOfTheFirst = 32;
    private const int OneIn = 16;
    private const int OneShedIn = 8;

    // Handlers that take longer than this are not slower by a look at the clock.
    private static readonly TimeSpan Long = TimeSpan.FromMicroseconds(100);

    private readonly RecentDurations _recent = new();
    private readonly long[] _buckets = new long[PerDoubling * Doublings];
    private long _count;
    private long _failures;
    private long _sampled;
    private long _shed;

    /// <summary>Requests that were started.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Those that ended with a fault.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public TimeSpan Median => Quantile(0.5);

    /// <summary>
    /// What a request should expect to take, by those of late; zero when that is not known. A stream lives as long as its reader wants, so its
    /// method has none.
    /// </summary>
    public TimeSpan Usual => _recent.Median;

    /// <summary>Counts a request; true when its duration should be given to <see cref="Sample"/>. Not every time: clocks cost more than short handlers.</summary>
    public bool Add()
    {
        var count = Interlocked.Increment(ref _count);
        return count <= AllOfTheFirst || count % OneIn == 1 || Usual >= Long;
    }

    public void Fail() => Interlocked.Increment(ref _failures);

    /// <summary>Notes how long a request took; of a stream it says nothing about what the next one will take.</summary>
    public void Sample(TimeSpan took, bool isStream = false)
    {
        if (isStream)
        {
            Note(took);
            return;
        }
        Note(took);
        _recent.Add(took, time.GetTimestamp(), time);
    }

    /// <summary>
    /// True when a request with so much time left is to be refused: it would be work for nobody. One of several runs all the same, or nobody would ever
    /// notice that the handler has become quicker.
    /// </summary>
    public bool Sheds(TimeSpan left) =>
        left < Usual && left < _recent.MedianAt(time.GetTimestamp(), time) && Interlocked.Increment(ref _shed) % OneShedIn != 0;

    /// <summary>The duration that all but this share of the requests reach, or up to a quarter less; zero when there were none.</summary>
    public TimeSpan Quantile(double share)
    {
        var rank = (long)Math.Ceiling(Volatile.Read(ref _sampled) * share);
        for (var i = 0; i < _buckets.Length && rank > 0; i++)
        {
            rank -= Volatile.Read(ref _buckets[i]);
            if (rank <= 0)
                return LowerEdge(i);
        }
        return TimeSpan.Zero;
    }

    private static int BucketOf(TimeSpan took)
    {
        var microseconds = Math.Max(1, (long)took.TotalMicroseconds);
        var doubling = BitOperations.Log2((ulong)microseconds);
        var within = (int)(((microseconds - (1L << doubling)) * PerDoubling) >> doubling);
        return Math.Min((doubling * PerDoubling) + within, (PerDoubling * Doublings) - 1);
    }

    private void Note(TimeSpan took)
    {
        Interlocked.Increment(ref _sampled);
        Interlocked.Increment(ref _buckets[BucketOf(took)]);
    }

    private static TimeSpan LowerEdge(int bucket)
    {
        var doubling = bucket / PerDoubling;
        var within = bucket % PerDoubling;
        return TimeSpan.FromMicroseconds((1L << doubling) * (1 + (within / (double)PerDoubling)));
    }
}
