namespace Warren.Client;

/// <summary>
/// The queues that got work in one read batch. Its thread decides after the batch who runs them: itself, when another thread can go on
/// reading meanwhile, or the thread pool.
/// </summary>
internal sealed class ReadBatch
{
    [ThreadStatic]
    private static ReadBatch? t_current;

    private readonly List<IThreadPoolWorkItem> _runners = [];

    /// <summary>True when nothing has to be run.</summary>
    public bool IsEmpty => _runners.Count == 0;

    /// <summary>From now on what this thread's batches bring is collected here.</summary>
    public void Collect() => t_current = this;

    /// <summary>This thread does not read any more.</summary>
    public static void StopCollecting() => t_current = null;

    /// <summary>Leaves a runner to the batch that this thread reads; false when it reads none.</summary>
    public static bool TryAdd(IThreadPoolWorkItem runner)
    {
        if (t_current is not { } batch)
            return false;
        batch._runners.Add(runner);
        return true;
    }

    /// <summary>Runs one of them on this thread and leaves the others to the thread pool, so that none waits for another's handlers.</summary>
    public void Run()
    {
        var first = _runners[0];
        QueueFrom(1);
        first.Execute();
    }

    /// <summary>Leaves all of them to the thread pool.</summary>
    public void Queue() => QueueFrom(0);

    private void QueueFrom(int index)
    {
        for (; index < _runners.Count; index++)
            ThreadPool.UnsafeQueueUserWorkItem(_runners[index], preferLocal: false);
        _runners.Clear();
    }
}
