using System.Diagnostics;
using System.Globalization;

namespace Warren.Bench.Pressure;

/// <summary>How long something took, many times.</summary>
internal sealed class Times
{
    private readonly List<double> _ms = [];

    public double MedianMs => Quantile(0.5);

    public void Measure(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        _ms.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Median, 99th percentile and the worst, as columns of a table.</summary>
    public string Columns() => string.Create(CultureInfo.InvariantCulture, $"{_ms.Count:N0} | {MedianMs:N2} | {Quantile(0.99):N2} | {Quantile(1):N2}");

    private double Quantile(double share)
    {
        var sorted = _ms.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
