namespace Warren.Engine;

/// <summary>
/// Keeps a queue within its rules: takes out what has expired at the head, what is too much, and what came back too often, and hands it to
/// the dead letters. Apart from the queue so that a plain one stays small: most queues never need one.
/// </summary>
internal sealed class QueueKeeper
{
    /// <summary>How many messages one look at the head takes out: a million that go together must not make one long step.</summary>
    private const int MaxPerStep = 4096;

    private readonly VirtualHost _host;
    private readonly Queue _queue;
    private readonly ReadyMessages _ready;
    private long _delayedUntilTicks; // Of the message that came back last; 0 when it is ready.

    public QueueKeeper(VirtualHost host, Queue queue, ReadyMessages ready, QueueRules rules)
    {
        _host = host;
        _queue = queue;
        _ready = ready;
        Rules = rules;
        Expiry = new HeadExpiry(this, host.Deadlines);
        IdleEnd = rules.IdleTicks is { } idleTicks ? new IdleEnd(queue, host, idleTicks) : null;
        DeliveryCounts = rules.DeliveryLimit is { } limit ? new DeliveryCounts(limit, host) : null;
        Letters = rules.KeepsDeadLetters ? new KeptLetters(host, queue, this) : null;
    }

    public QueueRules Rules { get; private set; }

    /// <summary>When the first message is looked at again.</summary>
    public HeadExpiry Expiry { get; }

    /// <summary>The end of a queue that nobody uses; null when it does not end by itself.</summary>
    public IdleEnd? IdleEnd { get; private set; }

    /// <summary>Set for quorum queues.</summary>
    public DeliveryCounts? DeliveryCounts { get; }

    /// <summary>The dead letters that have not arrived; null for a queue that does not keep them.</summary>
    public KeptLetters? Letters { get; private set; }

    /// <summary>The messages that came back and wait for their moment; null as long as there was none.</summary>
    public DelayedReturns? Delayed { get; private set; }

    /// <summary>A message wants to come in, now; false when the queue is full and refuses it.</summary>
    public bool Admits(Message message)
    {
        message.PublishedAtTicks = _host.NowTicks;
        if (Rules.Limit is not { } limit || !limit.Refuses(message, _ready, Letters, Delayed))
            return true;
        if (limit.Overflow == Overflow.RejectPublishDeadLetter && Rules.DeadLetters is { } target)
        {
            message.AddReference();
            _host.DeadLetters.Add(message, _queue, target, DeathReason.MaxLength, shownFrom: 0);
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

    /// <summary>Takes out what is too much and what has expired at the head; after a while the rest waits for the next step.</summary>
    public void TrimSome()
    {
        for (var left = MaxPerStep; left > 0 && FirstMustGo(out _) is { } reason; left--)
            BuryFirst(reason);
        WatchFirst(FirstMustGo(out var dueTicks) is null ? dueTicks : _host.NowTicks + 1);
    }

    /// <summary>Other rules from now on. How often messages came back stays known.</summary>
    public void Apply(QueueRules rules)
    {
        if (rules.IdleTicks != Rules.IdleTicks)
            ApplyIdleTime(rules.IdleTicks);
        if (DeliveryCounts is not null && rules.DeliveryLimit is { } limit)
            DeliveryCounts.Limit = limit;
        Rules = rules;
        ApplyStrategy();
        TrimSome();
    }

    /// <summary>A message has left the queue for good: a dead letter where the queue has a place for them.</summary>
    public void Bury(Message message, ulong position, DeathReason reason)
    {
        DeliveryCounts?.Forget(position);
        if (Rules.DeadLetters is not { } target || _queue.IsDeleted)
            _queue.Drop(message, position);
        else
            Bury(message, position, target, reason);
    }

    /// <summary>A message has come back; false when it is to be ready at once.</summary>
    public bool TryDelay(Message message, ulong position, bool isCounted)
    {
        if (Rules.RetryDelay is not { } delay || delay.TicksAfter(isCounted, DeliveryCounts!.CountedOf(position)) is not (> 0 and var ticks))
            return false;
        (Delayed ??= new DelayedReturns(_host, _queue)).Hold(message, position, ticks);
        _delayedUntilTicks = _host.NowTicks + ticks;
        return true;
    }

    /// <summary>A message has come back: how often, and until when it waits, has to survive.</summary>
    public void KeepReturns(QueueRecords records, Message message, ulong position)
    {
        DeliveryCounts?.Keep(records, message, position, _delayedUntilTicks);
        _delayedUntilTicks = 0;
    }

    /// <summary>What was recovered waits again.</summary>
    public void RestoreDelayed(Message message, ulong position, long ticks) =>
        (Delayed ??= new DelayedReturns(_host, _queue)).Hold(message, position, ticks);

    /// <summary>The next step looks at the head.</summary>
    public void TrimSoon()
    {
        if (_ready.Count > 0)
            Expiry.Watch(_host.NowTicks);
    }

    /// <summary>Drops what the queue holds beside its ready messages, where a purge does that.</summary>
    /// <returns>How many messages that was.</returns>
    public int Purge()
    {
        var count = Delayed?.Count ?? 0;
        Delayed?.Drop();
        if (Letters is null || !_host.Options.Profile.PurgesDeadLetters)
            return count;
        count += Letters.Count;
        Letters.Drop();
        return count;
    }

    /// <summary>The queue has ended: nothing is due any more.</summary>
    public void End()
    {
        _host.Deadlines.Clear(Expiry);
        Letters?.Drop();
        DeliveryCounts?.End();
        if (IdleEnd is not null)
            _host.Deadlines.Clear(IdleEnd);
    }

    // Letters that have not arrived are gone with the strategy that keeps them, as in RabbitMQ.
    private void ApplyStrategy()
    {
        if (!Rules.KeepsDeadLetters)
        {
            Letters?.Drop();
            Letters = null;
        }
        else if (Letters is null)
        {
            Letters = new KeptLetters(_host, _queue, this);
        }
        else
        {
            Letters.SendAgain();
        }
    }

    private void ApplyIdleTime(long? idleTicks)
    {
        if (IdleEnd is not null)
            _host.Deadlines.Clear(IdleEnd);
        IdleEnd = idleTicks is { } ticks ? new IdleEnd(_queue, _host, ticks) : null;
        IdleEnd?.Touch();
    }

    private void Bury(Message message, ulong position, DeadLetterTarget target, DeathReason reason)
    {
        if (Letters is not null)
            Letters.Add(message, position, reason);
        else
            BuryAtOnce(message, position, target, reason);
    }

    // Its record goes now and its copy's comes at the end of the step: both or neither.
    private void BuryAtOnce(Message message, ulong position, DeadLetterTarget target, DeathReason reason)
    {
        var shownFrom = _queue.Records?.Remove(message, position) ?? 0;
        _host.DeadLetters.Add(message, _queue, target, reason, shownFrom);
    }

    private DeathReason? FirstMustGo(out long dueTicks)
    {
        dueTicks = Message.Unlimited;
        if (Rules.Limit?.IsExceeded(_ready) == true)
            return DeathReason.MaxLength;
        return IsFirstExpired(out dueTicks) ? DeathReason.Expired : null;
    }

    private bool IsFirstExpired(out long dueTicks)
    {
        dueTicks = _ready.FirstExpiresAtTicks(Rules.TimeToLiveTicks);
        return dueTicks <= _host.NowTicks;
    }

    private void WatchFirst(long dueTicks)
    {
        if (dueTicks != Message.Unlimited)
            Expiry.Watch(dueTicks);
    }

    private void BuryFirst(DeathReason reason)
    {
        if (_ready.FirstOut is not null)
        {
            if (Rules.DeadLetters is null || _queue.IsDeleted)
            {
                _ready.TryTakeOut(out var waiting);
                _queue.DropOut(waiting);
                return;
            }
            if (!_host.Pager!.TryFetchFirst(_queue, _ready))
                return; // It is gone all the same.
        }
        _ready.TryTake(out var message, out var position, out _);
        Bury(message!, position, reason);
    }
}
