namespace Warren;

/// <summary>
/// The tokens of the requests that run: one fires when its request's budget is spent, all fire when the server has waited long enough
/// for its stop. Sources that did not fire are used again.
/// </summary>
internal sealed class RunningRequests(TimeProvider time) : IDeadlineKeeper
{
    private const int MostSpares = 256;

    private readonly Lock _gate = new();
    private readonly List<Entry> _running = [];       // Guarded by _gate, as everything below.
    private readonly Stack<CancellationTokenSource> _spares = [];
    private bool _watched;

    private readonly record struct Entry(CancellationTokenSource Source, long Deadline);

    public CancellationTokenSource Start(Budget budget)
    {
        // Without a limit, and with one beyond any clock, the deadline never comes.
        var deadline = budget.LeftMs > int.MaxValue ? long.MaxValue : time.GetTimestamp() + (budget.LeftMs * time.TimestampFrequency / 1000);
        CancellationTokenSource? source;
        bool watch;
        lock (_gate)
        {
            if (!_spares.TryPop(out source))
                source = new CancellationTokenSource();
            _running.Add(new Entry(source, deadline));
            watch = deadline != long.MaxValue && !_watched;
            _watched |= watch;
        }
        if (watch)
            Deadlines.Watch(this);
        return source;
    }

    public void End(CancellationTokenSource source)
    {
        lock (_gate)
        {
            var index = _running.FindIndex(entry => entry.Source == source);
            if (index >= 0)
            {
                _running[index] = _running[^1];
                _running.RemoveAt(_running.Count - 1);
                if (_spares.Count < MostSpares && source.TryReset())
                    _spares.Push(source);
            }
        }
    }

    public void CancelAll()
    {
        lock (_gate)
        {
            foreach (var entry in _running)
                _ = entry.Source.CancelAsync(); // Callbacks are user code and run on the pool.
            _running.Clear();
        }
    }

    bool IDeadlineKeeper.Tick()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            for (var i = _running.Count - 1; i >= 0; i--)
            {
                if (now < _running[i].Deadline)
                    continue;
                _ = _running[i].Source.CancelAsync();
                _running[i] = _running[^1];
                _running.RemoveAt(_running.Count - 1);
            }
            return _watched = _running.Count > 0;
        }
    }
}
