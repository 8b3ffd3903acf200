namespace Warren.Engine;

/// <summary>
/// Keeps a queue within its rules: takes out what has expired at the head, what is too much, and what came back too often, and hands it to
/// the dead letters. Apart from the queue so that a plain one stays small: most queues never need one.
/// </summary>
internal sealed class QueueKeeper
{
    /// <summary>How many messages one look at the head takes out: a million that expire together must not make one long step.</summary>
    private const int MaxExpiriesPerStep = 4096;

    private readonly VirtualHost _host;
    private readonly Queue _queue;
    private readonly ReadyMessages _ready;

    public QueueKeeper(VirtualHost host, Queue queue, ReadyMessages ready, QueueRules rules)
    {
        _host = host;
        _queue = queue;
        _ready = ready;
        Rules = rules;
        Expiry = new HeadExpiry(this, host.Deadlines);
        IdleEnd = rules.IdleTicks is { } idleTicks ? new IdleEnd(queue, host, idleTicks) : null;
        DeliveryCounts = rules.DeliveryLimit is { } limit ? new DeliveryCounts(limit) : null;
    }

    public QueueRules Rules { get; }

    /// <summary>When the first message is looked at again.</summary>
    public HeadExpiry Expiry { get; }

    /// <summary>The end of a queue that nobody uses; null when it does not end by itself.</summary>
    public IdleEnd? IdleEnd { get; }

    /// <summary>Set for quorum queues.</summary>
    public DeliveryCounts? DeliveryCounts { get; }

    /// <summary>A message wants to come in, now; false when the queue is full and refuses it.</summary>
    public bool Admits(Message message)
    {
        message.PublishedAtTicks = _host.NowTicks;
        if (Rules.Limit is not { } limit || !limit.Refuses(message, _ready))
            return true;
        if (limit.Overflow == Overflow.RejectPublishDeadLetter && Rules.DeadLetters is { } target)
        {
            message.AddReference();
            _host.DeadLetters.Add(message, _queue, target, DeathReason.MaxLength);
        }
        return false;
    }

    /// <summary>A message has come in: what is too much goes, and what has expired at the head.</summary>
    public void Trim()
    {
        while (Rules.Limit?.IsExceeded(_ready) == true)
            BuryFirst(DeathReason.MaxLength);
        Expire();
    }

    /// <summary>After it the first message is one that has not expired.</summary>
    public void Expire()
    {
        long dueTicks;
        while (IsFirstExpired(out dueTicks))
            BuryFirst(DeathReason.Expired);
        WatchFirst(dueTicks);
    }

    /// <summary>Takes out what has expired at the head; after a while the rest waits for the next step.</summary>
    public void ExpireSome()
    {
        for (var left = MaxExpiriesPerStep; left > 0 && IsFirstExpired(out _); left--)
            BuryFirst(DeathReason.Expired);
        if (IsFirstExpired(out var dueTicks))
            dueTicks = _host.NowTicks + 1;
        WatchFirst(dueTicks);
    }

    /// <summary>A message has left the queue for good: a dead letter where the queue has a place for them.</summary>
    public void Bury(Message message, ulong position, DeathReason reason)
    {
        DeliveryCounts?.Forget(position);
        if (Rules.DeadLetters is { } target && !_queue.IsDeleted)
            _host.DeadLetters.Add(message, _queue, target, reason);
        else
            message.Release();
    }

    /// <summary>The queue has ended: nothing is due any more.</summary>
    public void End()
    {
        _host.Deadlines.Clear(Expiry);
        if (IdleEnd is not null)
            _host.Deadlines.Clear(IdleEnd);
    }

    private bool IsFirstExpired(out long dueTicks)
    {
        dueTicks = _ready.First()?.ExpiresAtTicks(Rules.TimeToLiveTicks) ?? Message.Unlimited;
        return dueTicks <= _host.NowTicks;
    }

    private void WatchFirst(long dueTicks)
    {
        if (dueTicks != Message.Unlimited)
            Expiry.Watch(dueTicks);
    }

    private void BuryFirst(DeathReason reason)
    {
        _ready.TryTake(out var message, out var position, out _);
        Bury(message!, position, reason);
    }
}
