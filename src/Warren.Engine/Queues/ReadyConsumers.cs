namespace Warren.Engine;

/// <summary>
/// The consumers of a queue that can take a message, by priority and in turn. A consumer that turns out to be full leaves when its turn
/// comes; it returns to the end of its priority when it has room. However many consumers and priorities there are, nothing walks over them.
/// </summary>
internal sealed class ReadyConsumers
{
    private static readonly Comparer<long> HighestFirst = Comparer<long>.Create(static (x, y) => y.CompareTo(x));

    private ReadyLevel? _only; // While all consumers have one priority, as in most queues, there is no order to keep.
    private Dictionary<long, ReadyLevel>? _levels;
    private PriorityQueue<ReadyLevel, long>? _order; // A level that nobody of is ready stays in it until it comes first.
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>A consumer has come; whether it can take a message is another matter.</summary>
    public void Join(Consumer consumer)
    {
        consumer.Level = LevelOf(consumer.Priority);
        consumer.Level.Members++;
    }

    /// <summary>A consumer has gone.</summary>
    public void Leave(Consumer consumer)
    {
        Remove(consumer);
        if (--consumer.Level!.Members == 0)
            Forget(consumer.Level);
    }

    public void Add(Consumer consumer)
    {
        consumer.IsReady = true;
        consumer.Level!.Add(consumer);
        _count++;
        if (_order is not null && !consumer.Level.IsListed)
            List(consumer.Level);
    }

    /// <summary>The consumer whose turn it is, or null; it goes to the end of its priority.</summary>
    public Consumer? Next()
    {
        while (Highest() is { } level)
        {
            var consumer = level.First!;
            if (consumer.CanTake)
            {
                level.Rotate();
                return consumer;
            }
            Remove(consumer);
        }
        return null;
    }

    private void Remove(Consumer consumer)
    {
        if (!consumer.IsReady)
            return;
        consumer.Level!.Remove(consumer);
        consumer.IsReady = false;
        _count--;
    }

    private ReadyLevel? Highest()
    {
        if (_order is null)
            return _only?.First is null ? null : _only;
        while (_order.TryPeek(out var level, out _))
        {
            if (level.First is not null)
                return level;
            _order.Dequeue();
            level.IsListed = false;
        }
        return null;
    }

    private ReadyLevel LevelOf(long priority)
    {
        if (_levels is null && (_only is null || _only.Priority == priority))
            return _only ??= new ReadyLevel(priority);
        if (_levels is null)
            BeginOrder(_only!);
        if (!_levels!.TryGetValue(priority, out var level))
            _levels.Add(priority, level = new ReadyLevel(priority));
        return level;
    }

    private void BeginOrder(ReadyLevel only)
    {
        _levels = new Dictionary<long, ReadyLevel> { [only.Priority] = only };
        _order = new PriorityQueue<ReadyLevel, long>(HighestFirst);
        _only = null;
        if (only.First is not null)
            List(only);
    }

    private void List(ReadyLevel level)
    {
        level.IsListed = true;
        _order!.Enqueue(level, level.Priority);
    }

    // The last consumer of this priority has gone.
    private void Forget(ReadyLevel level)
    {
        _only = null;
        if (_levels is null)
            return;
        _levels.Remove(level.Priority);
        if (_levels.Count == 0)
            (_levels, _order) = (null, null);
        else if (_order!.Count > 2 * (_levels.Count + 8))
            ListAnew(_levels.Values);
    }

    // Levels that were forgotten while higher ones came first would stay for ever.
    private void ListAnew(Dictionary<long, ReadyLevel>.ValueCollection levels)
    {
        _order!.Clear();
        foreach (var level in levels)
        {
            level.IsListed = false;
            if (level.First is not null)
                List(level);
        }
    }
}
