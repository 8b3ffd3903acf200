using System.Diagnostics.CodeAnalysis;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A queue: its ready messages, its consumers, and who may see it.</summary>
internal sealed class Queue : Destination
{
    /// <summary>How many messages one look at the head takes out: a million that expire together must not make one long step.</summary>
    private const int MaxExpiriesPerStep = 4096;

    private readonly VirtualHost _host;
    private readonly ReadyMessages _ready;
    private readonly ReadyConsumers _readyConsumers = new();
    private QueueRules? _rules; // Null in most queues, which therefore pay one comparison for everything that arguments can ask for.
    private ulong _lastPosition;

    public Queue(VirtualHost host, ShortString name, QueueType type = QueueType.Classic, FieldTable arguments = default)
        : base(name)
    {
        _host = host;
        Arguments = arguments;
        _rules = QueueRules.Of(arguments, type, this, host);
        _ready = _rules?.MaxPriority is { } maxPriority ? new ReadyByPriority(maxPriority) : new ReadyFifo();
        Touch();
    }

    public bool Durable { get; init; }

    public bool AutoDelete { get; init; }

    /// <summary>The only connection that may use the queue, and with which it dies; null when it is not exclusive.</summary>
    public Connection? Owner { get; init; }

    public FieldTable Arguments { get; }

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

    /// <summary>The sum of the ready messages' bodies, in octets.</summary>
    public long ReadyOctets => _ready.Octets;

    /// <summary>What the arguments ask for, for checks.</summary>
    public QueueRules? Rules => _rules;

    /// <summary>When the first message expires, for checks; <see cref="Message.Unlimited"/> is never.</summary>
    public long FirstExpiresAtTicks => _ready.First()?.ExpiresAtTicks(_rules?.TimeToLiveTicks ?? Message.Unlimited) ?? Message.Unlimited;

    public bool HasReadyConsumers => !_readyConsumers.IsEmpty;

    /// <summary>True when only one consumer at a time gets messages (https://www.rabbitmq.com/docs/consumers#single-active-consumer).</summary>
    public bool HasSingleActiveConsumer => _rules?.HasSingleActiveConsumer == true;

    /// <summary>True for a quorum queue.</summary>
    public bool IsQuorum => _rules?.DeliveryCounts is not null;

    /// <summary>Takes a message: to the consumer whose turn it is when nothing waits before it, else to the end.</summary>
    /// <returns>False when the queue is full and refuses the message.</returns>
    public bool Publish(Message message)
    {
        if (_rules is not null && IsRefused(message))
            return false;
        message.AddReference();
        var position = _rules is null ? ++_lastPosition : NextPosition(message);
        if (_ready.Count == 0 && _readyConsumers.Next() is { } consumer)
        {
            consumer.Deliver(message, position, redelivered: false);
            return true;
        }
        _ready.Add(message, position);
        if (_rules is not null || message.TimeToLiveTicks != Message.Unlimited)
            Trim();
        if (!_readyConsumers.IsEmpty)
            _host.PendingDeliveries.Add(this);
        return true;
    }

    /// <summary>A delivery was acknowledged.</summary>
    public void Acknowledge(Message message, ulong position)
    {
        _rules?.DeliveryCounts?.Forget(position);
        message.Release();
    }

    /// <summary>A delivery was rejected and shall not come back.</summary>
    public void Reject(Message message, ulong position) => Bury(message, position, DeathReason.Rejected);

    /// <summary>Takes a message back to where it was.</summary>
    public void Requeue(Message message, ulong position)
    {
        if (IsDeleted)
        {
            message.Release();
            return;
        }
        if (_rules?.DeliveryCounts?.TryReturn(position) == false)
        {
            Bury(message, position, DeathReason.DeliveryLimit);
            return;
        }
        _ready.PutBack(message, position);
        if (_rules is not null)
            Trim();
        if (!_readyConsumers.IsEmpty)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>Gives out messages as long as a consumer can take one.</summary>
    public void Deliver()
    {
        while (HasFirst() && _readyConsumers.Next() is { } consumer)
        {
            _ready.TryTake(out var message, out var position, out var redelivered);
            consumer.Deliver(message!, position, redelivered);
        }
    }

    /// <summary>Takes the first message for basic.get.</summary>
    public bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        Touch();
        HasFirst();
        var isTaken = _ready.TryTake(out message, out position, out redelivered);
        HasFirst(); // The next one may expire earlier than anybody looks.
        return isTaken;
    }

    /// <summary>How often the message came back before, in a quorum queue; else 0.</summary>
    public long DeliveryCount(ulong position) => _rules?.DeliveryCounts?.Of(position) ?? 0;

    /// <summary>Somebody uses the queue: it does not end for the time that it may be idle.</summary>
    public void Touch() => _rules?.IdleEnd?.Touch();

    /// <summary>Takes out what has expired at the head; after a while the rest waits for the next step.</summary>
    public void ExpireDue()
    {
        for (var left = MaxExpiriesPerStep; left > 0 && IsFirstExpired(out _); left--)
            BuryFirst(DeathReason.Expired);
        if (IsFirstExpired(out var dueTicks))
            dueTicks = _host.NowTicks + 1;
        WatchFirst(dueTicks);
    }

    public void AddConsumer(Consumer consumer, bool exclusive)
    {
        Consumers.Add(consumer);
        if (exclusive)
            ExclusiveConsumer = consumer;
        consumer.IsActive = !HasSingleActiveConsumer || Consumers.Count == 1;
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
        if (Consumers.Count == 0 && !IsDeleted)
            Touch();
        else if (HasSingleActiveConsumer)
            ActivateOldest();
        if (AutoDelete && Consumers.Count == 0 && !IsDeleted)
            _host.Queues.Delete(this);
    }

    /// <summary>Drops what is ready.</summary>
    /// <returns>How many messages that was.</returns>
    public uint Purge()
    {
        var count = (uint)_ready.Count;
        while (_ready.TryTake(out var message, out var position, out _))
            Acknowledge(message, position);
        return count;
    }

    /// <summary>The end: messages are dropped, consumers are told where they can be.</summary>
    public void End()
    {
        IsDeleted = true;
        Purge();
        EndDeadlines();
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

    private ulong NextPosition(Message message) => _ready is ReadyByPriority byPriority ? byPriority.NextPosition(message) : ++_lastPosition;

    // True when a message waits, and none that has expired waits before it.
    private bool HasFirst()
    {
        if (_rules is not null)
            Expire();
        return _ready.Count > 0;
    }

    private bool IsRefused(Message message)
    {
        if (_rules!.Limit is not { } limit || !limit.Refuses(message, _ready))
            return false;
        if (limit.Overflow == Overflow.RejectPublishDeadLetter && _rules.DeadLetters is { } target)
        {
            message.AddReference();
            _host.DeadLetters.Add(message, this, target, DeathReason.MaxLength);
        }
        return true;
    }

    // After a message has come in: what is too much goes, and what has expired at the head.
    private void Trim()
    {
        _rules ??= QueueRules.Plain(this, _host);
        while (_rules.Limit?.IsExceeded(_ready) == true)
            BuryFirst(DeathReason.MaxLength);
        Expire();
    }

    private void Expire()
    {
        long dueTicks;
        while (IsFirstExpired(out dueTicks))
            BuryFirst(DeathReason.Expired);
        WatchFirst(dueTicks);
    }

    private bool IsFirstExpired(out long dueTicks)
    {
        dueTicks = FirstExpiresAtTicks;
        return dueTicks <= _host.NowTicks;
    }

    private void WatchFirst(long dueTicks)
    {
        if (dueTicks != Message.Unlimited)
            _rules!.Expiry.Watch(dueTicks);
    }

    private void BuryFirst(DeathReason reason)
    {
        _ready.TryTake(out var message, out var position, out _);
        Bury(message!, position, reason);
    }

    // The message has left the queue for good: a dead letter where the queue has a place for them.
    private void Bury(Message message, ulong position, DeathReason reason)
    {
        if (_rules is null)
        {
            message.Release();
            return;
        }
        _rules.DeliveryCounts?.Forget(position);
        if (_rules.DeadLetters is { } target && !IsDeleted)
            _host.DeadLetters.Add(message, this, target, reason);
        else
            message.Release();
    }

    // The next in the order in which they came takes over. Nothing happens when it was not the active one that left.
    private void ActivateOldest()
    {
        if (IsDeleted)
            return;
        Consumers[0].IsActive = true;
        Consumers[0].RefreshReadiness();
    }

    private void EndDeadlines()
    {
        if (_rules is null)
            return;
        _host.Deadlines.Clear(_rules.Expiry);
        if (_rules.IdleEnd is { } idleEnd)
            _host.Deadlines.Clear(idleEnd);
    }
}
