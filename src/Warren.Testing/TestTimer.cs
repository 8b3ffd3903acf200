namespace Warren.Testing;

/// <summary>A timer of the test's clock.</summary>
internal sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private readonly Lock _gate = new();
    private long _due = long.MaxValue; // A timestamp; guarded by _gate, as the period.
    private long _period;
    private bool _isListed;

    public long Due => Volatile.Read(ref _due);

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _period = period > TimeSpan.Zero ? period.Ticks : 0;
            Volatile.Write(ref _due, dueTime < TimeSpan.Zero ? long.MaxValue : clock.GetTimestamp() + dueTime.Ticks);
            List(_due != long.MaxValue);
        }
        return true;
    }

    /// <summary>Calls back, unless it was changed a moment ago.</summary>
    public void Fire(long now)
    {
        lock (_gate)
        {
            if (_due > now)
                return;
            Volatile.Write(ref _due, _period > 0 ? now + _period : long.MaxValue);
            List(_period > 0);
        }
        if (_context is null)
            callback(state);
        else
            ExecutionContext.Run(_context, static timer => ((TestTimer)timer!).Call(), this);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Volatile.Write(ref _due, long.MaxValue);
            List(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Call() => callback(state);

    private void List(bool isListed)
    {
        if (isListed && !_isListed)
            clock.Add(this);
        else if (!isListed && _isListed)
            clock.Remove(this);
        _isListed = isListed;
    }
}
