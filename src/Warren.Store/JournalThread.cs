using System.Diagnostics;

namespace Warren.Store;

/// <summary>Runs a journal's writer on a thread of its own until it is disposed of; what was sealed before that is written.</summary>
public sealed class JournalThread : IDisposable
{
    private const int LongerForLone = 5; // Times the spin: the road to a client and back is longer than that. Where many send, longer looks would make small groups of what could be a large one.

    private static readonly TimeSpan s_defaultSpin = TimeSpan.FromMicroseconds(20);
    private static readonly TimeSpan s_fullRetry = TimeSpan.FromMilliseconds(250);

    private readonly JournalWriter _writer;
    private readonly TimeSpan _spin;
    private readonly AutoResetEvent _filled = new(initialState: false);
    private readonly Thread _thread;
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
        _writer.Prepare();
        while (true)
        {
            var stops = _stops; // Before the work: then all that was sealed before Dispose is taken by it, or cannot be.
            var worked = _writer.RunOnce();
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
        var longest = _writer.LastWasLone ? _spin * LongerForLone : _spin;
        var began = Stopwatch.GetTimestamp();
        while (!_writer.IsFilled)
        {
            if (Stopwatch.GetElapsedTime(began) >= longest)
                return false;
            if (_writer.LastWasLone)
                Thread.Yield(); // To the client, which may need the processor for its next message.
            else
                Thread.SpinWait(10);
        }
        return true;
    }
}
