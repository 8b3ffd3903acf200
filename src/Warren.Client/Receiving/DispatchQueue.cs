using System.Diagnostics;

namespace Warren.Client;

/// <summary>
/// Takes work off the thread that reads, once per read batch: user code never holds up the reading, and a batch of items does not cost
/// a batch of hand-offs. Items run one after the other on one thread until one turns out slow; then threads of the pool help, as many
/// as the concurrency allows. If the pool itself is stuck (user code that blocks), the
/// <see cref="StallWatch"/> lends a thread of its own, so that a blocked handler never waits for a reply that waits behind it.
/// </summary>
internal abstract class DispatchQueue<TItem> : IThreadPoolWorkItem, IStallable, IDrainable
{
    private static readonly long SlowItemTicks = Stopwatch.Frequency / 10_000; // 100 us
    private static readonly long SendEveryTicks = Stopwatch.Frequency / 20_000; // 50 us

    private readonly Lock _gate = new();
    private readonly int _concurrency;
    private TItem[] _items = new TItem[16]; // A ring, guarded by _gate as everything below.
    private int _head;
    private int _count;
    private int _active;  // Items taken whose processing has not ended.
    private int _runners; // Runners queued or running, but for those that are stuck.
    private int _shift;   // Rises when runners are given up as stuck; a runner of an earlier shift is not counted.
    private long _taken;  // Items taken so far: the watch sees a stall when it stands still.
    private long _takenAtLastWatch;
    private bool _watched;
    private TaskCompletionSource? _idle;

    protected DispatchQueue(int concurrency) => _concurrency = concurrency;

    /// <summary>Items waiting.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Items that run.</summary>
    public int Active
    {
        get
        {
            lock (_gate)
                return _active;
        }
    }

    /// <summary>Adds an item; it runs after the next <see cref="Schedule"/>.</summary>
    public void Enqueue(in TItem item)
    {
        lock (_gate)
        {
            if (_count == _items.Length)
                Grow();
            _items[(_head + _count++) & (_items.Length - 1)] = item;
        }
    }

    /// <summary>Makes sure that somebody runs the items that wait.</summary>
    public void Schedule()
    {
        bool start, watch;
        lock (_gate)
        {
            if (_count == 0 || _active >= _concurrency)
                return;
            start = _runners == 0;
            _runners += start ? 1 : 0;
            watch = !_watched; // Even if a runner is there: it may be stuck in an item.
            _watched = true;
        }
        if (start && !ReadBatch.TryAdd(this))
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        if (watch)
            StallWatch.Add(this); // Outside the gate, which the watch takes while it holds its own.
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (_count == 0 && _active == 0)
                return Task.CompletedTask;
            return (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    void IThreadPoolWorkItem.Execute() => Run();

    bool IStallable.IsStalled()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                _watched = false;
                return false;
            }
            var stalled = _taken == _takenAtLastWatch && _active < _concurrency;
            _takenAtLastWatch = _taken;
            if (stalled)
            {
                // The runners there are stuck: from now on they do not count, and the rescuer is the only one.
                _shift++;
                _runners = 1;
            }
            return stalled;
        }
    }

    void IStallable.Rescue() => Run();

    bool IStallable.IsWatched
    {
        get
        {
            lock (_gate)
                return _watched;
        }
    }

    /// <summary>Processes one item. Should not throw: that ends as <see cref="Broke"/>. When it returns an incomplete task the runner goes on with the next item.</summary>
    protected abstract ValueTask ProcessAsync(TItem item);

    /// <summary>A runner is about to send what its items have written: the moment to add what they left for later, such as one acknowledgement for many.</summary>
    protected virtual void BeforeSend()
    {
    }

    /// <summary>Processing an item threw. For the log; must not throw.</summary>
    protected virtual void Broke(Exception failure)
    {
    }

    private void Run()
    {
        var shift = Volatile.Read(ref _shift);
        var sends = SendScope.Enter();
        var started = Stopwatch.GetTimestamp();
        var sent = started;
        var finished = 0;
        while (TryTake(finished, shift, out var item))
        {
            finished = Process(item) ? 1 : 0;
            var now = Stopwatch.GetTimestamp();
            if (now - started > SlowItemTicks)
                AddRunner(); // The items behind a slow one must not wait for the next slow one.
            started = now;
            if (now - sent < SendEveryTicks)
                continue;
            // While this thread goes on with the batch, the other side can work on the first part of it.
            Prepare();
            sends.Flush();
            sent = started = Stopwatch.GetTimestamp();
        }
        Prepare();
        sends.Exit();
    }

    // True when it has ended. What it throws is a defect, but one that must not take the thread, and with it the process.
    private bool Process(in TItem item)
    {
        try
        {
            var processing = ProcessAsync(item);
            if (processing.IsCompleted)
                processing.GetAwaiter().GetResult();
            else
            {
                FinishLater(processing);
                return false;
            }
        }
        catch (Exception e)
        {
            Broke(e);
        }
        return true;
    }

    private void Prepare()
    {
        try
        {
            BeforeSend();
        }
        catch (Exception e)
        {
            Broke(e);
        }
    }

    private bool TryTake(int finished, int shift, out TItem item)
    {
        lock (_gate)
        {
            _active -= finished;
            if (_count == 0 || _active >= _concurrency)
            {
                _runners = Math.Max(0, _runners - (shift == _shift ? 1 : 0)); // One that was queued in an earlier shift may start in a later one.
                NoticeIdle();
                item = default!;
                return false;
            }
            item = _items[_head];
            _items[_head] = default!;
            _head = (_head + 1) & (_items.Length - 1);
            _count--;
            _active++;
            _taken++;
            return true;
        }
    }

    private void FinishLater(ValueTask processing)
    {
        var awaiter = processing.GetAwaiter();
        awaiter.UnsafeOnCompleted(() =>
        {
            try
            {
                awaiter.GetResult();
            }
            catch (Exception e)
            {
                Broke(e);
            }
            lock (_gate)
            {
                _active--;
                NoticeIdle();
            }
            Schedule();
        });
    }

    private void AddRunner()
    {
        lock (_gate)
        {
            if (_count == 0 || _active >= _concurrency || _runners >= Environment.ProcessorCount)
                return;
            _runners++;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void NoticeIdle()
    {
        if (_idle is null || _count > 0 || _active > 0)
            return;
        _idle.TrySetResult();
        _idle = null;
    }

    private void Grow()
    {
        var larger = new TItem[_items.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = _items[(_head + i) & (_items.Length - 1)];
        _items = larger;
        _head = 0;
    }
}

/// <summary>Something that has work to finish.</summary>
internal interface IDrainable
{
    /// <summary>Completes when nothing waits and nothing runs.</summary>
    Task WhenIdleAsync();
}
