using System.Collections.Concurrent;
using Warren.Store;

namespace Warren.Broker;

/// <summary>
/// What the journal's writer has to say, put down on its own thread without a look at anything else, until the turn reads it. Whoever keeps the turn going is rung once for all
/// that has come since the last look.
/// </summary>
internal sealed class JournalNews : IJournalOwner
{
    private readonly object _gate = new();
    private readonly ConcurrentQueue<Damage> _damages = new();
    private Action? _ring;
    private long _persisted;      // Written by the writer, read by any thread, through Volatile only.
    private int _isNew;           // 1 from the first news to the turn's look, through Volatile and Interlocked only.
    private int _sleepers;        // Threads in AwaitPersisted, through Volatile and Interlocked only.
    private int _hasRoom;         // As above.
    private int _hasEnded;        // 1 when nothing more will come, through Volatile only.
    private DiskException? _full; // Written by the writer, read inside the turn, through Volatile only.
    private Exception? _failure;  // As above.

    /// <summary>Everything up to here is on disk.</summary>
    public long PersistedPosition => Volatile.Read(ref _persisted);

    /// <summary>Why the disk takes no more; null when it does.</summary>
    public DiskException? Full => Volatile.Read(ref _full);

    /// <summary>Why the journal has failed for good; null when it has not.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>True when the journal is closed: nothing more will come.</summary>
    public bool HasEnded => Volatile.Read(ref _hasEnded) == 1;

    /// <summary>Wakes whoever ends a batch of the turn soon. Set at the start and at the end.</summary>
    public Action? Ring
    {
        set
        {
            Volatile.Write(ref _ring, value);
            if (Volatile.Read(ref _isNew) == 1)
                value?.Invoke();
        }
    }

    /// <summary>True when there is something to read. Inside the turn; one comparison when nothing has happened.</summary>
    public bool Take() => Volatile.Read(ref _isNew) == 1 && Interlocked.Exchange(ref _isNew, 0) == 1;

    /// <summary>True when room has come since the last question.</summary>
    public bool TakeRoom() => Interlocked.Exchange(ref _hasRoom, 0) == 1;

    /// <summary>The next damage that nobody has heard of.</summary>
    public bool TryTake(out Damage? damage) => _damages.TryDequeue(out damage);

    /// <summary>Waits outside of the turn until everything up to the position is on disk.</summary>
    /// <returns>False when the time is over, or the journal has failed or ended.</returns>
    public bool AwaitPersisted(long position, TimeSpan longest)
    {
        var deadline = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        Interlocked.Increment(ref _sleepers); // First: whoever persists something after the look below sees it.
        try
        {
            lock (_gate)
            {
                while (PersistedPosition < position && Failure is null && !HasEnded && Environment.TickCount64 < deadline)
                    Monitor.Wait(_gate, (int)Math.Max(1, deadline - Environment.TickCount64));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _sleepers);
        }
        return PersistedPosition >= position;
    }

    public void Persisted(long position)
    {
        Volatile.Write(ref _persisted, position);
        Tell();
    }

    public void HasRoom()
    {
        Volatile.Write(ref _hasRoom, 1);
        Tell();
    }

    public void DiskFull(DiskException reason)
    {
        Volatile.Write(ref _full, reason);
        Tell();
    }

    public void DiskHasRoom()
    {
        Volatile.Write(ref _full, null);
        Tell();
    }

    public void Damaged(Damage damage)
    {
        _damages.Enqueue(damage);
        Tell();
    }

    public void Failed(Exception reason)
    {
        Volatile.Write(ref _failure, reason);
        Tell();
    }

    /// <summary>The journal is closed: whoever still waits does so in vain.</summary>
    public void End()
    {
        Volatile.Write(ref _hasEnded, 1);
        Tell();
    }

    private void Tell()
    {
        if (Interlocked.Exchange(ref _isNew, 1) == 0)
            Volatile.Read(ref _ring)?.Invoke();
        if (Volatile.Read(ref _sleepers) == 0)
            return;
        lock (_gate)
            Monitor.PulseAll(_gate);
    }
}
