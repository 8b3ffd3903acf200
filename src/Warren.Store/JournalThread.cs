using System.Diagnostics;

namespace Warren.Store;

/// <summary>Runs a journal's writer on a thread of its own until it is disposed of; what was sealed before that is written.</summary>
public sealed class JournalThread : IDisposable
{
    private const int PauseAfterSlow = 16;

    private static readonly TimeSpan s_defaultSpin = TimeSpan.FromMicroseconds(20);
    private static readonly TimeSpan s_quick = TimeSpan.FromMicroseconds(500);
    private static readonly TimeSpan s_fullRetry = TimeSpan.FromMilliseconds(250);

    private readonly JournalWriter _writer;
    private readonly TimeSpan _spin;
    private readonly AutoResetEvent _filled = new(initialState: false);
    private readonly Thread _thread;
    private readonly Lock _running = new(); // Held by whoever runs the writer.
    private long _notHereBefore; // A timestamp.
    private volatile bool _stops;

    /// <summary>Starts the thread.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="spin">How long to look for more before sleeping; 20 microseconds when null. Waking a thread costs more than that.</param>
    public JournalThread(Journal journal, TimeSpan? spin = null)
    {
        _writer = journal.Writer;
        _spin = spin ?? s_defaultSpin;
        _writer.Filled = () => _filled.Set();
        _thread = new Thread(RunGuarded) { Name = "warren journal", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends the thread when it has written what is sealed, as far as the disk takes it.</summary>
    public void Dispose()
    {
        _stops = true;
        _filled.Set();
        _thread.Join();
        _writer.Filled = null;
        _filled.Dispose();
    }

    /// <summary>
    /// Writes what is sealed on the caller's thread, which saves the road to the other one and back: for a caller that has nothing else to do. Only where it is little, the thread is idle, and the
    /// disk is quick: one that took more than half a millisecond is not waited for again for sixteen times as long.
    /// </summary>
    /// <returns>False when nothing was written here.</returns>
    public bool TryWriteHere()
    {
        if (!_running.TryEnter())
            return false;
        try
        {
            var began = Stopwatch.GetTimestamp();
            if (began < _notHereBefore)
                return false;
            var isWritten = _writer.TryRunQuickly();
            var took = Stopwatch.GetElapsedTime(began);
            if (took > s_quick)
                _notHereBefore = began + (long)(took.TotalSeconds * PauseAfterSlow * Stopwatch.Frequency);
            return isWritten;
        }
        finally
        {
            _running.Exit();
        }
    }

    /// <summary>Wakes the thread for what was sealed without that.</summary>
    public void Wake() => _filled.Set();

    private void RunGuarded()
    {
        try
        {
            Run();
        }
        catch (Exception e)
        {
            // Nobody thought of it. A thread's unhandled exception would end the process at once, and the owner could not say why.
            _writer.Fail(e);
        }
    }

    private void Run()
    {
        lock (_running)
            _writer.Prepare();
        while (true)
        {
            var stops = _stops; // Before the work: then all that was sealed before Dispose is taken by it, or cannot be.
            bool worked;
            lock (_running)
                worked = _writer.RunOnce();
            if (stops && (!worked || !_writer.IsFilled))
                return;
            // Without room on the disk there may well be something sealed, and still nothing to do.
            if (worked || (!_writer.WaitsForRoom && (Spin() || !_writer.TryWait())))
                continue;
            _ = _filled.WaitOne(_writer.WaitsForRoom ? s_fullRetry : Timeout.InfiniteTimeSpan);
        }
    }

    private bool Spin()
    {
        if (Environment.ProcessorCount == 1)
            return false;
        var began = Stopwatch.GetTimestamp();
        while (!_writer.IsFilled)
        {
            if (Stopwatch.GetElapsedTime(began) >= _spin)
                return false;
            Thread.SpinWait(10);
        }
        return true;
    }
}
