namespace Warren.Engine;

/// <summary>A message in the hands of a client that has not settled it yet.</summary>
internal struct Delivery
{
    public ulong Tag;
    public Queue Queue;

    /// <summary>Null once it is settled.</summary>
    public Message? Message;

    /// <summary>Its place in the queue, to which it returns when requeued.</summary>
    public ulong Position;

    /// <summary>Null for basic.get.</summary>
    public Consumer? Consumer;

    public long DeliveredAtTicks;

    /// <summary>Settled in a transaction that is not committed yet.</summary>
    public bool IsInTransaction;
}
