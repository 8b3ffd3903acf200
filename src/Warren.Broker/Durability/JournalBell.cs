namespace Warren.Broker;

/// <summary>Ends a batch of the turn when the journal has news, where no loop of epoll does: on a thread of its own, for the pool's may all be the application's.</summary>
internal sealed class JournalBell : IDisposable
{
    private readonly BrokerTurn _turn;
    private readonly AutoResetEvent _rung = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _stops;

    public JournalBell(BrokerTurn turn)
    {
        _turn = turn;
        _thread = new Thread(Run) { IsBackground = true, Name = "Warren.Broker journal news" };
        _thread.Start();
    }

    public void Ring() => _rung.Set();

    public void Dispose()
    {
        _stops = true;
        _rung.Set();
        if (Environment.CurrentManagedThreadId != _thread.ManagedThreadId) // A callback of the in-process transport may stop the broker.
            _thread.Join();
    }

    private void Run()
    {
        while (!_stops)
        {
            _rung.WaitOne();
            _turn.EndBatch();
        }
    }
}
