using System.Diagnostics;
using System.Numerics;

namespace Warren.Cli.Measure;

/// <summary>
/// Counts of latencies in buckets less than 1% wide: adding one allocates nothing and touches one counter.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 7;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(64 - SubBucketBits + 1) * SubBuckets];

    public long Count { get; private set; }

    public void Add(long stopwatchTicks)
    {
        _counts[BucketOf(stopwatchTicks)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The latency that this share (0 to 1) of the calls does not exceed, in microseconds; 0 when there were none.</summary>
    public double QuantileMicroseconds(double share)
    {
        var rank = (long)Math.Ceiling(Count * share);
        for (var i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0) return MiddleOf(i) * 1e6 / Stopwatch.Frequency;
        }

        return 0;
    }

    // Below 2 x SubBuckets a bucket is one tick wide; from there on each power of two has SubBuckets of them.
    private static int BucketOf(long ticks)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)ticks) - SubBucketBits);
        return (shift * SubBuckets) + (int)(ticks >> shift);
    }

    private static double MiddleOf(int bucket)
    {
        var shift = Math.Max(0, (bucket / SubBuckets) - 1);
        var start = (long)(bucket - (shift * SubBuckets)) << shift;
        return start + (((1L << shift) - 1) / 2.0);
    }
}
