using Warren.Amqp;

namespace Warren.Testing;

/// <summary>
/// The time of a test: it stands until <see cref="AdvanceAsync"/> moves it, from one moment at which something is due to the next, and waits at each for
/// what follows from it (see <see cref="SettleAsync"/>). Broker, clients and buses of one <see cref="TestBroker"/> share it; code under test that takes a
/// <see cref="TimeProvider"/> may share it too.
/// </summary>
public sealed class TestClock : TimeProvider, IDrivenClock
{
    private static readonly TimeSpan LongestClosing = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _moving = new(1);
    private readonly List<IClockWork> _works = []; // Guarded by _gate, as the timers.
    private readonly List<TestTimer> _timers = [];
    private readonly List<IClockWork> _dueWorks = []; // Owned by who moves the clock, as the next.
    private readonly List<TestTimer> _dueTimers = [];
    private readonly Calm _calm = new();
    private long _now;

    /// <summary>What <see cref="GetUtcNow"/> says at the start: 1 January 2030.</summary>
    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the clock was moved.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    internal Calm Calm => _calm;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    /// <summary>Ends when the clock was moved so far; in a handler what <see cref="Task.Delay(TimeSpan, CancellationToken)"/> is elsewhere.</summary>
    public Task Delay(TimeSpan delay, CancellationToken cancellationToken = default) => Task.Delay(delay, this, cancellationToken);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock. Whatever is due on the way happens at its own moment and in order, and when the task ends, what follows from it has happened too.
    /// Concurrent moves follow each other.
    /// </summary>
    /// <param name="by">Zero or more; zero only waits for what is under way.</param>
    public Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return MoveAsync(by, until: null);
    }

    /// <summary>Moves the clock on until the task has ended, and no further than that.</summary>
    /// <param name="task">What to wait for. How it ended is for the caller to see: this never throws its exception.</param>
    /// <param name="atMost">How far the clock may be moved for it.</param>
    /// <exception cref="TimeoutException">The task had not ended by then.</exception>
    public async Task AdvanceUntilAsync(Task task, TimeSpan atMost)
    {
        ArgumentNullException.ThrowIfNull(task);
        var started = Elapsed;
        await MoveAsync(atMost, task).ConfigureAwait(false);
        if (!task.IsCompleted)
            throw new TimeoutException($"The task has not ended, though the clock was moved by {Elapsed - started}, to {Elapsed}.");
    }

    /// <summary>
    /// Waits, without moving the clock, until everything is settled: since the in-process connections carried their last frame and the last timer was set,
    /// the thread pool was seen idle three times, with nothing queued and no thread at work, so that all continuations have run. Where other code keeps the
    /// pool at work all the time (tests that run beside, handlers that block), a hundred rounds through the pool's queue and a tenth of a second without a frame count
    /// instead. What user code has handed to threads of its own, to real timers or to real I/O cannot be seen, and is not waited for.
    /// </summary>
    public Task SettleAsync() => MoveAsync(TimeSpan.Zero, until: null);

    /// <inheritdoc/>
    public void Watch(IClockWork work)
    {
        lock (_gate)
            _works.Add(work);
    }

    /// <inheritdoc/>
    public async Task DriveAsync(Task closing)
    {
        // Code that does not follow this clock gets a moment of real time: it should not see its drain time rush by.
        if (!closing.IsCompleted)
            await Task.WhenAny(closing, Task.Delay(Patience)).ConfigureAwait(false);
        if (!closing.IsCompleted)
            await MoveAsync(LongestClosing, closing).ConfigureAwait(false);
        await closing.ConfigureAwait(false);
    }

    internal void Add(TestTimer timer)
    {
        _calm.Disturb();
        lock (_gate)
            _timers.Add(timer);
    }

    internal void Remove(TestTimer timer)
    {
        lock (_gate)
            _timers.Remove(timer);
    }

    private async Task MoveAsync(TimeSpan by, Task? until)
    {
        await _moving.WaitAsync().ConfigureAwait(false);
        try
        {
            var end = GetTimestamp() + by.Ticks;
            await _calm.ComeAsync().ConfigureAwait(false);
            while (until is not { IsCompleted: true } && NextDue() is var due && due <= end)
            {
                Volatile.Write(ref _now, Math.Max(GetTimestamp(), due));
                var before = _calm.Disturbances;
                if (!TickAll() || _calm.Disturbances != before)
                    await _calm.ComeAsync().ConfigureAwait(false);
            }
            if (until is not { IsCompleted: true })
                Volatile.Write(ref _now, end);
        }
        finally
        {
            _moving.Release();
        }
    }

    private long NextDue()
    {
        lock (_gate)
        {
            var due = long.MaxValue;
            foreach (var work in _works)
                due = Math.Min(due, work.NextDue);
            foreach (var timer in _timers)
                due = Math.Min(due, timer.Due);
            return due;
        }
    }

    // True when all that was done shows in frames.
    private bool TickAll()
    {
        var now = GetTimestamp();
        var showsInFrames = true;
        lock (_gate)
        {
            foreach (var work in _works)
            {
                if (work.NextDue <= now)
                    _dueWorks.Add(work);
            }
            foreach (var timer in _timers)
            {
                if (timer.Due <= now)
                    _dueTimers.Add(timer);
            }
        }
        foreach (var work in _dueWorks)
        {
            showsInFrames &= work.ShowsInFrames;
            if (work.Tick())
                continue;
            lock (_gate)
                _works.Remove(work);
        }
        foreach (var timer in _dueTimers)
        {
            showsInFrames = false;
            timer.Fire(now);
        }
        _dueWorks.Clear();
        _dueTimers.Clear();
        return showsInFrames;
    }
}
