namespace Warren.Client;

/// <summary>
/// Calls back every so often on a thread of its own. Not a <see cref="Timer"/>: its callbacks come from the thread pool and do not
/// come at all while user code blocks every pool thread, and deadlines and heartbeats have to be kept exactly then.
/// </summary>
internal sealed class Ticker(int periodMs, Func<bool> tick)
{
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();
    private bool _started;

    /// <summary>Ticks until the callback returns false; a start while it ticks makes sure that it goes on.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (!_started)
            {
                _started = true;
                new Thread(Loop) { IsBackground = true, Name = "Warren ticker" }.Start();
            }
        }
        _wake.Set();
    }

    private void Loop()
    {
        while (true)
        {
            _wake.WaitOne();
            do
                Thread.Sleep(periodMs);
            while (tick());
        }
    }
}
