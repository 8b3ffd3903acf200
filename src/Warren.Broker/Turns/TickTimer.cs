namespace Warren.Broker;

/// <summary>Keeps the time where no loop does: a timer that is set to the next time at which something is due.</summary>
internal sealed class TickTimer : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(Timekeeper.PeriodMs);

    private readonly Lock _gate = new(); // What is planned and what the timer is set to change together.
    private readonly BrokerTurn _turn;
    private readonly ITimer _timer;

    public TickTimer(BrokerTurn turn, TimeProvider time)
    {
        _turn = turn;
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        turn.Timekeeper.WakeEarlier = Set;
        Set();
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Tick()
    {
        _turn.Tick();
        Set();
    }

    private void Set()
    {
        lock (_gate)
            _timer.Change(TimeSpan.FromMilliseconds(_turn.Timekeeper.BeginSleep()), s_period);
    }
}
