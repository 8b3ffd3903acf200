namespace Warren.Engine;

/// <summary>The consumers of one priority that can take a message, in turn.</summary>
internal sealed class ReadyLevel(long priority)
{
    private Consumer? _last;

    public long Priority { get; } = priority;

    /// <summary>The consumer whose turn it is.</summary>
    public Consumer? First { get; private set; }

    /// <summary>How many consumers of the queue have this priority, ready or not; owned by <see cref="ReadyConsumers"/>.</summary>
    public int Members { get; set; }

    /// <summary>True while it stands among the levels in order; owned by <see cref="ReadyConsumers"/>.</summary>
    public bool IsListed { get; set; }

    /// <summary>The consumer is the last in turn.</summary>
    public void Add(Consumer consumer)
    {
        consumer.PreviousReady = _last;
        if (_last is null)
            First = consumer;
        else
            _last.NextReady = consumer;
        _last = consumer;
    }

    public void Remove(Consumer consumer)
    {
        if (consumer.PreviousReady is null)
            First = consumer.NextReady;
        else
            consumer.PreviousReady.NextReady = consumer.NextReady;
        if (consumer.NextReady is null)
            _last = consumer.PreviousReady;
        else
            consumer.NextReady.PreviousReady = consumer.PreviousReady;
        consumer.NextReady = consumer.PreviousReady = null;
    }

    /// <summary>The first has had its turn.</summary>
    public void Rotate()
    {
        if (First == _last)
            return;
        var first = First!;
        Remove(first);
        Add(first);
    }
}
