using System.Diagnostics.CodeAnalysis;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A queue: its ready messages, its consumers, and who may see it.</summary>
internal sealed class Queue : Destination
{
    private readonly VirtualHost _host;
    private readonly ReadyMessages _ready = new();
    private readonly ReadyConsumers _readyConsumers = new();
    private ulong _lastPosition;

    public Queue(VirtualHost host, ShortString name)
        : base(name) =>
        _host = host;

    public bool Durable { get; init; }

    public bool AutoDelete { get; init; }

    /// <summary>The only connection that may use the queue, and with which it dies; null when it is not exclusive.</summary>
    public Connection? Owner { get; init; }

    public FieldTable Arguments { get; init; }

    public bool IsDeleted { get; private set; }

    /// <summary>True while the queue stands in <see cref="PendingDeliveries"/>.</summary>
    public bool IsPending { get; set; }

    public int ReadyCount => _ready.Count;

    public int UnacknowledgedCount { get; set; }

    /// <summary>All consumers, in the order in which they came.</summary>
    public List<Consumer> Consumers { get; } = [];

    /// <summary>The consumer that wants to be the only one.</summary>
    public Consumer? ExclusiveConsumer { get; private set; }

    /// <summary>What waits, for checks.</summary>
    public IEnumerable<(Message Message, ulong Position)> Ready => _ready.Peek();

    public bool HasReadyConsumers => !_readyConsumers.IsEmpty;

    /// <summary>Takes a message: to the consumer whose turn it is when nothing waits before it, else to the end.</summary>
    public void Publish(Message message)
    {
        message.AddReference();
        var position = ++_lastPosition;
        if (_ready.Count == 0 && _readyConsumers.Next() is { } consumer)
        {
            consumer.Deliver(message, position, redelivered: false);
            return;
        }
        _ready.Add(message, position);
        if (!_readyConsumers.IsEmpty)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>Takes a message back to where it was.</summary>
    public void Requeue(Message message, ulong position)
    {
        if (IsDeleted)
        {
            message.Release();
            return;
        }
        _ready.PutBack(message, position);
        if (!_readyConsumers.IsEmpty)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>Gives out messages as long as a consumer can take one.</summary>
    public void Deliver()
    {
        while (_ready.Count > 0 && _readyConsumers.Next() is { } consumer)
        {
            _ready.TryTake(out var message, out var position, out var redelivered);
            consumer.Deliver(message!, position, redelivered);
        }
    }

    /// <summary>Takes the first message for basic.get.</summary>
    public bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered) =>
        _ready.TryTake(out message, out position, out redelivered);

    public void AddConsumer(Consumer consumer, bool exclusive)
    {
        Consumers.Add(consumer);
        if (exclusive)
            ExclusiveConsumer = consumer;
        consumer.RefreshReadiness();
    }

    /// <summary>A consumer can take a message from now on.</summary>
    public void MakeReady(Consumer consumer)
    {
        _readyConsumers.Add(consumer);
        if (_ready.Count > 0)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>Ends a consumer; an auto-delete queue ends with its last one.</summary>
    public void RemoveConsumer(Consumer consumer)
    {
        consumer.IsActive = false;
        _readyConsumers.Remove(consumer);
        Consumers.Remove(consumer);
        if (ExclusiveConsumer == consumer)
            ExclusiveConsumer = null;
        if (AutoDelete && Consumers.Count == 0 && !IsDeleted)
            _host.Queues.Delete(this);
    }

    /// <summary>Drops what is ready.</summary>
    /// <returns>How many messages that was.</returns>
    public uint Purge()
    {
        var count = (uint)_ready.Count;
        while (_ready.TryTake(out var message, out _, out _))
            message.Release();
        return count;
    }

    /// <summary>The end: messages are dropped, consumers are told where they can be.</summary>
    public void End()
    {
        IsDeleted = true;
        Purge();
        Owner?.Disown(this);
        foreach (var consumer in Consumers.ToArray())
            consumer.Channel.Consumers.CancelByServer(consumer);
    }

    /// <exception cref="ChannelException">405: the queue is exclusive to another connection.</exception>
    public void CheckAccess(Connection connection)
    {
        if (Owner is not null && Owner != connection)
            throw Locked();
    }

    public ChannelException Locked() => new(
        ReplyCode.ResourceLocked,
        $"cannot obtain exclusive access to locked {_host.Describe("queue", Name)}. It could be originally declared on another connection "
        + "or the exclusive property value does not match that of the original declaration.");
}
