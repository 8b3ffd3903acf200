using System.Diagnostics;

namespace Warren.Client;

/// <summary>
/// A thread that writes what others leave to it. While they go on it does not sleep, so that leaving something to it costs them nothing.
/// </summary>
/// <param name="write">Writes everything there is; false ends the thread.</param>
/// <param name="hasMore">Asked without a lock whether there is something new; a late answer does no harm.</param>
internal sealed class WriterThread(Func<bool> write, Func<bool> hasMore)
{
    private static readonly long LookTicks = Stopwatch.Frequency / 10_000; // 100 us

    private readonly AutoResetEvent _wake = new(false);
    private int _isAwake; // Through Interlocked only, but for a first look.
    private bool _isStarted;

    /// <summary>Something is to be written. Any thread, after it was put where <c>write</c> finds it.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _isAwake) == 1 || Interlocked.Exchange(ref _isAwake, 1) == 1)
            return; // It looks once more before it sleeps.
        if (_isStarted)
        {
            _wake.Set();
            return;
        }
        _isStarted = true;
        new Thread(Loop) { IsBackground = true, Name = "Warren writer" }.Start();
    }

    private void Loop()
    {
        while (write())
        {
            if (FindsMore())
                continue;
            Interlocked.Exchange(ref _isAwake, 0);
            // Whoever came before this saw an awake thread and went: one more look is theirs.
            if (!write())
                return;
            while (Volatile.Read(ref _isAwake) == 0)
                _wake.WaitOne();
        }
    }

    private bool FindsMore()
    {
        var spin = new YieldingSpin(LookTicks);
        do
        {
            if (hasMore())
                return true;
        }
        while (spin.GoesOn());
        return false;
    }
}
