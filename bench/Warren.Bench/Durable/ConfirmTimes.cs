using Warren.Cli.Measure;

namespace Warren.Bench.Durable;

/// <summary>How long one thing at a time took, in microseconds.</summary>
internal sealed record ConfirmTimes(long Count, double MedianMicroseconds, double P99Microseconds)
{
    public static ConfirmTimes Of(LatencyHistogram histogram) => new(histogram.Count, histogram.QuantileMicroseconds(0.5), histogram.QuantileMicroseconds(0.99));
}
