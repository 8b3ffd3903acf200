namespace Warren.Cli.Measure;

/// <summary>What a <see cref="Meter"/> saw.</summary>
internal sealed class Measurement(TimeSpan elapsed, long count, long allocatedOctets, LatencyHistogram latencies)
{
    public double Seconds => elapsed.TotalSeconds;

    public long Count => count;

    public double PerSecond => count / elapsed.TotalSeconds;

    public double AllocatedOctetsEach => count == 0 ? 0 : (double)allocatedOctets / count;

    /// <summary>The time that this share of them did not exceed; null when nothing was timed.</summary>
    public double? QuantileMicroseconds(double share) => latencies.Count == 0 ? null : latencies.QuantileMicroseconds(share);
}
