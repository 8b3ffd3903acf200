namespace Warren.Engine;

/// <summary>A queue's consumers: all of them, those that can take a message, and the one that is alone.</summary>
/// <param name="hasSingleActive">True when only one gets messages, at first the oldest, and the others wait for its end.</param>
/// <param name="ranksSuccessors">True when the one with the highest priority takes over then, as in a classic queue; else the oldest.</param>
internal sealed class QueueConsumers(bool hasSingleActive, bool ranksSuccessors)
{
    private readonly LinkedList<Consumer> _inOrder = new();
    private readonly SortedSet<Consumer>? _successors = hasSingleActive && ranksSuccessors ? new(Comparer<Consumer>.Create(CompareRanks)) : null;
    private long _lastNumber;
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
        consumer.QueueNumber = ++_lastNumber;
        _successors?.Add(consumer);
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
        _successors?.Remove(consumer);
        if (Exclusive == consumer)
            Exclusive = null;
    }

    /// <summary>The next one takes over when the active one has left.</summary>
    public void ActivateNext()
    {
        if (!HasSingleActive || (_successors?.Min ?? Oldest) is not { } next)
            return;
        next.IsActive = true;
        next.RefreshReadiness();
    }

    /// <summary>A consumer can take a message from now on.</summary>
    public void MakeReady(Consumer consumer) => _ready.Add(consumer);

    /// <summary>The consumer whose turn it is, or null.</summary>
    public Consumer? Next() => _ready.Next();

    // The highest priority first, and the oldest among equals.
    private static int CompareRanks(Consumer x, Consumer y) =>
        x.Priority != y.Priority ? y.Priority.CompareTo(x.Priority) : x.QueueNumber.CompareTo(y.QueueNumber);
}
