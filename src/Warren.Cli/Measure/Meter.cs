using System.Diagnostics;

namespace Warren.Cli.Measure;

/// <summary>
/// What happens between the warm-up and the end of a measurement: how many, how long each, how much was allocated. A load counts
/// in a few lanes, so that its tasks seldom meet.
/// </summary>
internal sealed class Meter
{
    private readonly Lane[] _lanes = new Lane[Math.Min(16, Environment.ProcessorCount)];
    private bool _measuring; // Written twice by the meter, read by the lanes, through Volatile only.

    public Meter(TimeSpan warmUp, TimeSpan duration)
    {
        WarmUp = warmUp;
        Duration = duration;
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(this);
    }

    public TimeSpan WarmUp { get; }

    public TimeSpan Duration { get; }

    /// <summary>Everything that was counted, the warm-up too; for progress.</summary>
    public long Total => _lanes.Sum(lane => lane.Total);

    /// <summary>For the task of this index.</summary>
    public Lane LaneOf(int index) => _lanes[index % _lanes.Length];

    /// <summary>Waits out warm-up and measurement, asks the load to end, and tells what was measured.</summary>
    /// <param name="load">Runs until its token is cancelled; when it ends before, it has failed.</param>
    /// <param name="stopping">Ends both at once.</param>
    public async Task<Measurement> RunAsync(Func<CancellationToken, Task> load, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var loading = load(ending.Token);
        var measuring = MeasureAsync(ending.Token);
        if (await Task.WhenAny(measuring, loading) == loading)
        {
            await ending.CancelAsync();
            await loading; // Throws why.
        }
        var measurement = await measuring;
        await ending.CancelAsync();
        await loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return measurement;
    }

    private async Task<Measurement> MeasureAsync(CancellationToken stopping)
    {
        await Task.Delay(WarmUp, stopping);
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _measuring, true);
        await Task.Delay(Duration, stopping);
        Volatile.Write(ref _measuring, false);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        return new Measurement(elapsed, _lanes.Sum(lane => lane.Count), allocated, Latencies());
    }

    private LatencyHistogram Latencies()
    {
        var all = new LatencyHistogram();
        foreach (var lane in _lanes)
            lane.AddTo(all);
        return all;
    }

    /// <summary>Counts, from any thread.</summary>
    public sealed class Lane
    {
        private readonly Lock _gate = new();
        private readonly Meter _meter;
        private readonly LatencyHistogram _latencies = new(); // Guarded by _gate, as the counts below; they are read without it.
        private long _total;
        private long _count;

        internal Lane(Meter meter) => _meter = meter;

        internal long Total => Volatile.Read(ref _total);

        internal long Count => Volatile.Read(ref _count);

        /// <summary>One more, which took from this time stamp until now.</summary>
        public void Add(long since)
        {
            var took = Stopwatch.GetTimestamp() - since;
            lock (_gate)
            {
                _total++;
                if (!Volatile.Read(ref _meter._measuring))
                    return;
                _count++;
                _latencies.Add(took);
            }
        }

        /// <summary>One more, of which nobody knows how long it took.</summary>
        public void Add()
        {
            lock (_gate)
            {
                _total++;
                if (Volatile.Read(ref _meter._measuring))
                    _count++;
            }
        }

        internal void AddTo(LatencyHistogram all)
        {
            lock (_gate)
                all.Add(_latencies);
        }
    }
}
