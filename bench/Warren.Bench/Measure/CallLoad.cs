using System.Diagnostics;
using Warren.Bench.Peers;
using Warren.Cli.Measure;

namespace Warren.Bench.Measure;

/// <summary>What one run of calls showed, in the client process.</summary>
internal sealed record CallFigures(double CallsPerSecond, double MedianMicroseconds, double P99Microseconds, double OctetsPerCall);

/// <summary>Keeps a number of calls in flight on one connection for a while: each of that many loops awaits its call and starts the next.</summary>
internal static class CallLoad
{
    private static readonly byte[] Body = "30"u8.ToArray();

    public static async Task<CallFigures> RunAsync(ICaller caller, int inFlight, TimeSpan duration)
    {
        using var histograms = new ThreadLocal<LatencyHistogram>(() => new LatencyHistogram(), trackAllValues: true); // One for each loop would fill the cache.
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);

        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(() => LoopAsync(caller, histograms, end))));

        var elapsed = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        var total = new LatencyHistogram();
        foreach (var histogram in histograms.Values) total.Add(histogram);
        return new CallFigures(total.Count / elapsed.TotalSeconds, total.QuantileMicroseconds(0.5), total.QuantileMicroseconds(0.99),
            allocated / (double)total.Count);
    }

    private static async Task LoopAsync(ICaller caller, ThreadLocal<LatencyHistogram> histograms, long end)
    {
        for (var now = Stopwatch.GetTimestamp(); now < end;)
        {
            var call = caller.CallAsync(Body);
            await call;
            var octets = caller.ReplyOctets(call);
            if (octets != Body.Length) throw new InvalidDataException($"a reply of {octets} octets to a request of {Body.Length}");
            var then = now;
            now = Stopwatch.GetTimestamp();
            histograms.Value!.Add(now - then);
        }
    }
}
