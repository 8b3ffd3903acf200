namespace Warren.Engine;

/// <summary>
/// The consumers of a queue that can take a message, by priority and in turn. A consumer that turns out to be full leaves when its turn
/// comes; it returns to the end of its priority when it has room.
/// </summary>
internal sealed class ReadyConsumers
{
    private Consumer? _first;
    private Consumer? _last;

    public bool IsEmpty => _first is null;

    public void Add(Consumer consumer)
    {
        consumer.IsReady = true;
        var before = _last;
        while (before is not null && before.Priority < consumer.Priority)
            before = before.PreviousReady;
        var after = before is null ? _first : before.NextReady;
        consumer.PreviousReady = before;
        consumer.NextReady = after;
        if (before is null)
            _first = consumer;
        else
            before.NextReady = consumer;
        if (after is null)
            _last = consumer;
        else
            after.PreviousReady = consumer;
    }

    public void Remove(Consumer consumer)
    {
        if (!consumer.IsReady)
            return;
        if (consumer.PreviousReady is null)
            _first = consumer.NextReady;
        else
            consumer.PreviousReady.NextReady = consumer.NextReady;
        if (consumer.NextReady is null)
            _last = consumer.PreviousReady;
        else
            consumer.NextReady.PreviousReady = consumer.PreviousReady;
        consumer.NextReady = consumer.PreviousReady = null;
        consumer.IsReady = false;
    }

    /// <summary>The consumer whose turn it is, or null; it goes to the end of its priority.</summary>
    public Consumer? Next()
    {
        while (_first is { } consumer)
        {
            if (consumer.CanTake)
            {
                if (consumer.NextReady is { } next && next.Priority == consumer.Priority)
                {
                    Remove(consumer);
                    Add(consumer);
                }
                return consumer;
            }
            Remove(consumer);
        }
        return null;
    }
}
