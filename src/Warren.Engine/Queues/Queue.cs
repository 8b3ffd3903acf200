using System.Diagnostics.CodeAnalysis;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A queue: its ready messages, its consumers, and who may see it.</summary>
internal sealed class Queue : Destination
{
    private const int LargestStrictPriority = 31;

    private readonly VirtualHost _host;
    private readonly ReadyMessages _ready;
    private QueueKeeper? _keeper; // Null in most queues, which therefore pay one comparison for everything that arguments can ask for.
    private ulong _lastPosition;
    private QueueRecords? _records; // Null unless the queue survives.

    public Queue(VirtualHost host, ShortString name, QueueType type = QueueType.Classic, FieldTable arguments = default)
        : base(name)
    {
        _host = host;
        Arguments = arguments;
        Type = type;
        var profile = host.Options.Profile;
        Policy = host.Policies.For(name, type, profile);
        SetConsumerTimeout();
        var rules = QueueRules.Of(Policy.Over(arguments, type, profile), type, profile);
        _ready = NewReady(type, rules, profile.QuorumPriorities);
        Consumers = new QueueConsumers(rules.HasSingleActiveConsumer, ranksSuccessors: type == QueueType.Classic);
        if (rules == QueueRules.None)
            return;
        _keeper = new QueueKeeper(host, this, _ready, rules);
        Touch();
    }

    public QueueType Type { get; }

    public bool Durable { get; init; }

    public bool AutoDelete { get; init; }

    /// <summary>The only connection that may use the queue, and with which it dies; null when it is not exclusive.</summary>
    public Connection? Owner { get; init; }

    public FieldTable Arguments { get; }

    /// <summary>The policies that hold for it.</summary>
    public EffectivePolicy Policy { get; private set; }

    /// <summary>How long its consumers may keep a delivery; null when the broker's time holds.</summary>
    public ConsumerTimeout? ConsumerTimeout { get; private set; }

    public bool IsDeleted { get; private set; }

    /// <summary>What of it is in the journal; null when it does not survive.</summary>
    public QueueRecords? Records => _records;

    /// <summary>True while the queue stands in <see cref="PendingDeliveries"/>.</summary>
    public bool IsPending { get; set; }

    public int ReadyCount => _ready.Count;

    public int UnacknowledgedCount { get; set; }

    public QueueConsumers Consumers { get; }

    /// <summary>What waits, for checks.</summary>
    public IEnumerable<WaitingMessage> Ready => _ready.Peek();

    /// <summary>The lines in which messages wait, the last ones to be served first.</summary>
    public IEnumerable<ReadyFifo> Lines => _ready.Lines;

    /// <summary>The sum of the ready messages' bodies, in octets.</summary>
    public long ReadyOctets => _ready.Octets;

    /// <summary>Who keeps the rules, for checks.</summary>
    public QueueKeeper? Keeper => _keeper;

    /// <summary>When the first message expires that waits, for checks.</summary>
    public long FirstExpiresAtTicks => _ready.FirstExpiresAtTicks(_keeper?.Rules.TimeToLiveTicks ?? Message.Unlimited);

    /// <summary>True for a quorum queue.</summary>
    public bool IsQuorum => Type == QueueType.Quorum;

    /// <summary>Takes a message: to the consumer whose turn it is when nothing waits before it, else to the end.</summary>
    /// <returns>False when the queue is full and refuses the message.</returns>
    public bool Publish(Message message)
    {
        if (_keeper is not null && !_keeper.Admits(message))
            return false;
        message.AddReference();
        var position = _keeper is null ? ++_lastPosition : NextPosition(message);
        _records?.Add(message, position);
        if (_ready.Count == 0 && _records?.IsOnDisk(message) != false && Consumers.Next() is { } consumer)
        {
            _records?.Pass(message, position);
            consumer.Deliver(message, position, redelivered: false);
            return true;
        }
        _ready.Add(message, position);
        Trim(message);
        if (Consumers.HasReady)
            _host.PendingDeliveries.Add(this);
        return true;
    }

    /// <summary>A delivery was acknowledged.</summary>
    public void Acknowledge(Message message, ulong position)
    {
        _keeper?.DeliveryCounts?.Forget(position);
        Drop(message, position);
    }

    /// <summary>A delivery was rejected and shall not come back.</summary>
    public void Reject(Message message, ulong position)
    {
        if (_keeper is null)
            Drop(message, position);
        else
            _keeper.Bury(message, position, DeathReason.Rejected);
    }

    /// <summary>A message is here no more, and goes nowhere else.</summary>
    public void Drop(Message message, ulong position)
    {
        _records?.Remove(message, position);
        message.Release();
    }

    /// <summary>The same of one that is out of memory: it is not read for that.</summary>
    public void DropOut(in WaitingMessage message)
    {
        _keeper?.DeliveryCounts?.Forget(message.Position);
        _records!.RemoveOut(message);
    }

    /// <summary>Takes a message back to where it was.</summary>
    /// <param name="message">The message.</param>
    /// <param name="position">Where it was.</param>
    /// <param name="isCounted">True when that counts towards the queue's delivery limit.</param>
    public void Requeue(Message message, ulong position, bool isCounted)
    {
        if (IsDeleted)
        {
            Acknowledge(message, position);
            return;
        }
        if (_keeper?.DeliveryCounts?.TryReturn(position, isCounted) == false)
        {
            _keeper.Bury(message, position, DeathReason.DeliveryLimit);
            return;
        }
        if (_keeper?.TryDelay(message, position, isCounted) != true)
            PutBack(message, position);
        if (_records is not null)
            _keeper?.KeepReturns(_records, message, position);
    }

    /// <summary>Takes a message back to where it was, to be delivered again.</summary>
    public void PutBack(Message message, ulong position)
    {
        _ready.PutBack(message, position);
        if (NeedsKeeper(message) || Consumers.HasReady)
            _host.PendingDeliveries.Add(this); // With others that come back in this step: what is at the head then decides what expires.
    }

    /// <summary>Gives out messages as long as a consumer can take one.</summary>
    public void Deliver()
    {
        _keeper?.Trim();
        while (HasFirst() && _records?.MayDeliver(_ready) != false && Consumers.Next() is { } consumer)
        {
            _ready.TryTake(out var message, out var position, out var redelivered);
            consumer.Deliver(message!, position, redelivered);
        }
    }

    /// <summary>Goes on with deliveries that had to wait for the disk.</summary>
    public void GoOn()
    {
        if (!IsDeleted)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>Takes the first message for basic.get.</summary>
    public bool TryTake([NotNullWhen(true)] out Message? message, out ulong position, out bool redelivered)
    {
        Touch();
        _ = HasFirst();
        var isTaken = _ready.TryTake(out message, out position, out redelivered);
        _keeper?.Expire(); // The next one may expire earlier than anybody looks.
        return isTaken;
    }

    /// <summary>
    /// Other rules from now on, as when a policy changes: what waits is brought within them. The queue's type, its priorities and whether it has a single
    /// active consumer stay as they were declared. Messages that came while no rule asked for their age do not expire by its time to live.
    /// </summary>
    public void Apply(QueueRules rules)
    {
        if (_keeper is null && rules == QueueRules.None)
            return;
        _keeper ??= new QueueKeeper(_host, this, _ready, QueueRules.None);
        _keeper.Apply(rules);
    }

    /// <summary>The virtual host's policies have changed: what they ask of this queue holds from now on.</summary>
    public void ApplyPolicies()
    {
        var profile = _host.Options.Profile;
        Policy = _host.Policies.For(Name, Type, profile);
        SetConsumerTimeout();
        var rules = QueueRules.Of(Policy.Over(Arguments, Type, profile), Type, profile);
        if (rules != (_keeper?.Rules ?? QueueRules.None))
            Apply(rules);
    }

    /// <summary>The properties to deliver a message with: in a quorum queue they say how often it came back.</summary>
    public PropertiesView PropertiesOf(Message message, ulong position) =>
        _keeper?.DeliveryCounts is { } counts ? counts.WriteInto(message.Properties, position) : message.Properties;

    /// <summary>Somebody uses the queue: it does not end for the time that it may be idle.</summary>
    public void Touch() => _keeper?.IdleEnd?.Touch();

    /// <summary>A consumer can take a message from now on.</summary>
    public void MakeReady(Consumer consumer)
    {
        Consumers.MakeReady(consumer);
        if (_ready.Count > 0)
            _host.PendingDeliveries.Add(this);
    }

    /// <summary>The queue survives from now on.</summary>
    public void KeepIn(QueueRecords records) => _records = records;

    /// <summary>What the queue has of all that was recovered: messages in their order, and where the next ones go.</summary>
    public void Restore(RecoveredMessages messages)
    {
        if (messages.HaveTimeToLive)
            _keeper ??= new QueueKeeper(_host, this, _ready, QueueRules.None);
        _lastPosition = messages.RestoreInto(this, _ready);
        _keeper?.TrimSoon();
    }

    /// <summary>Ends a consumer; an auto-delete queue ends with its last one.</summary>
    public void RemoveConsumer(Consumer consumer)
    {
        var wasActive = consumer.IsActive;
        Consumers.Remove(consumer);
        if (IsDeleted)
            return;
        if (Consumers.Count > 0)
        {
            if (wasActive)
                Consumers.ActivateNext();
            return;
        }
        Touch();
        if (AutoDelete)
            _host.Queues.Delete(this);
    }

    /// <summary>Drops what is ready, and what a purge takes along with it.</summary>
    /// <returns>How many messages that was.</returns>
    public uint Purge()
    {
        var count = (uint)_ready.Count;
        while (_ready.Count > 0)
        {
            if (_ready.TryTakeOut(out var waiting))
                DropOut(waiting);
            else if (_ready.TryTake(out var message, out var position, out _))
                Acknowledge(message, position);
        }
        return _keeper is null ? count : count + (uint)_keeper.Purge();
    }

    /// <summary>The end: messages are dropped, consumers are told where they can be.</summary>
    public void End()
    {
        IsDeleted = true;
        Purge();
        _keeper?.End();
        Owner?.Disown(this);
        while (Consumers.Oldest is { } consumer)
            consumer.Channel.Consumers.CancelByServer(consumer);
        _records?.End();
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

    private void SetConsumerTimeout()
    {
        ConsumerTimeout = ConsumerTimeout.Of(Arguments, Policy, _host.Options.Profile);
        if (IsQuorum && ConsumerTimeout is not null)
            _host.ShortestConsumerTimeoutTicks = Math.Min(_host.ShortestConsumerTimeoutTicks, ConsumerTimeout.Ticks);
    }

    private ulong NextPosition(Message message) => _ready switch
    {
        ReadyByPriority byPriority => byPriority.NextPosition(message),
        ReadyByTwoLevels byTwoLevels => byTwoLevels.NextPosition(message),
        _ => ++_lastPosition,
    };

    private static ReadyMessages NewReady(QueueType type, QueueRules rules, QuorumPriorities quorumPriorities) => type == QueueType.Quorum
        ? quorumPriorities switch
        {
            QuorumPriorities.TwoLevels => new ReadyByTwoLevels(),
            QuorumPriorities.Strict => new ReadyByPriority(LargestStrictPriority),
            _ => new ReadyFifo(),
        }
        : rules.MaxPriority is { } maxPriority ? new ReadyByPriority(maxPriority) : new ReadyFifo();


    // True when a message waits that is in memory, and none that has expired waits before it.
    private bool HasFirst()
    {
        _keeper?.Expire();
        return _ready.Count > 0 && (_host.Messages.PagedOut == 0 || HasFetched());
    }

    private bool HasFetched()
    {
        while (!_host.Pager!.TryFetchFirst(this, _ready))
        {
            _keeper?.Expire();
            if (_ready.Count == 0)
                return false;
        }
        return true;
    }

    private void Trim(Message message)
    {
        if (NeedsKeeper(message))
            _keeper!.Trim();
    }

    // A message with a time to live needs a keeper even in a queue whose arguments ask for nothing.
    private bool NeedsKeeper(Message message)
    {
        if (_keeper is null && message.TimeToLiveTicks != Message.Unlimited)
            _keeper = new QueueKeeper(_host, this, _ready, QueueRules.None);
        return _keeper is not null;
    }
}
