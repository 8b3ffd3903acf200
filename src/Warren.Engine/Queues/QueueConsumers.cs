namespace Warren.Engine;

/// <summary>A queue's consumers: all of them, those that can take a message, and the one that is alone.</summary>
/// <param name="hasSingleActive">True when only the oldest gets messages, and the others wait for its end.</param>
internal sealed class QueueConsumers(bool hasSingleActive)
{
    private readonly LinkedList<Consumer> _inOrder = new();
    private readonly ReadyConsumers _ready = new();

    public int Count => _inOrder.Count;

    /// <summary>True when one of them may be able to take a message.</summary>
    public bool HasReady => !_ready.IsEmpty;

    /// <summary>True when only one consumer at a time gets messages (https://www.rabbitmq.com/docs/consumers#single-active-consumer).</summary>
    public bool HasSingleActive { get; } = hasSingleActive;

    /// <summary>The consumer that wants to be the only one.</summary>
    public Consumer? Exclusive { get; private set; }

    /// <summary>The one that came first, or null.</summary>
    public Consumer? Oldest => _inOrder.First?.Value;

    /// <summary>All of them, in the order in which they came.</summary>
    public IEnumerable<Consumer> InOrder => _inOrder;

    public void Add(Consumer consumer, bool exclusive)
    {
        consumer.QueueNode = _inOrder.AddLast(consumer);
        _ready.Join(consumer);
        if (exclusive)
            Exclusive = consumer;
        consumer.IsActive = !HasSingleActive || Count == 1;
        consumer.RefreshReadiness();
    }

    public void Remove(Consumer consumer)
    {
        consumer.IsActive = false;
        _ready.Leave(consumer);
        _inOrder.Remove(consumer.QueueNode!);
        if (Exclusive == consumer)
            Exclusive = null;
    }

    /// <summary>The next in the order in which they came takes over. Nothing happens when it was not the active one that left.</summary>
    public void ActivateOldest()
    {
        if (!HasSingleActive || Oldest is not { } oldest)
            return;
        oldest.IsActive = true;
        oldest.RefreshReadiness();
    }

    /// <summary>A consumer can take a message from now on.</summary>
    public void MakeReady(Consumer consumer) => _ready.Add(consumer);

    /// <summary>The consumer whose turn it is, or null.</summary>
    public Consumer? Next() => _ready.Next();
}
