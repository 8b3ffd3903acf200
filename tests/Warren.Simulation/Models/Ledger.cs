using System.Buffers.Text;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Simulation;

/// <summary>
/// What clients have done and seen, and what follows from that: for each message, in which queues it has to be and in which it must not be. Every observation is checked against
/// the invariants of spec/faults.md; the ledger knows nothing of engine and store but what clients see, and how far the journal came in a crash.
/// </summary>
internal sealed class Ledger(SimMachine machine, Trace trace)
{
    private const long LateTicks = TimeSpan.TicksPerSecond;

    private readonly List<SimMessage> _messages = [];
    private readonly List<QueueModel> _routes = [];
    private readonly List<Entry> _delivered = []; // In this batch, for the first time.
    private readonly List<(SimMessage Message, long Persisted)> _confirmed = []; // In this batch, before they were on the disk.
    private int _lastOrder;
    private int _batch;

    public TopologyModel Topology { get; } = new();

    public IReadOnlyList<SimMessage> Messages => _messages;

    /// <summary>True when anything may be missing, because the disk was damaged; only what is there is checked then.</summary>
    public bool IsLenient { get; set; }

    /// <summary>A message about to be published gets its number here.</summary>
    public void Add(SimMessage message) => _messages.Add(message);

    /// <summary>The broker has taken a message.</summary>
    public void Publish(SimMessage message)
    {
        message.Published = machine.Current;
        Topology.Route(message.Exchange, message.Key, _routes);
        foreach (var queue in _routes)
            Enter(message, queue);
        trace.Tell($"    {message} ({(message.IsPersistent ? "persistent" : "transient")}) goes to {string.Join(' ', _routes.Select(static queue => queue.Name))}");
    }

    public void Remove(Entry entry, string why, Boundary? when = null)
    {
        entry.Removed ??= when ?? machine.Current;
        entry.Holder = null;
        Touch(entry);
        trace.Tell($"    {entry} is gone: {why}");
    }

    /// <summary>A client does not want it.</summary>
    public void Reject(Entry entry)
    {
        Remove(entry, "rejected");
        if (entry.Queue.Exists && entry.Queue.DeadLettersTo is { } name && Topology.FindQueue(name) is { } dead)
            EnterDead(entry, dead);
    }

    /// <summary>It goes back where it was.</summary>
    public void Return(Entry entry, bool isFailure)
    {
        _ = isFailure;
        entry.Holder = null;
        entry.Returns++;
        Touch(entry);
        if (entry.Queue.IsQuorum && entry.Queue.DeliveryLimit > 0 && entry.Returns > 0)
            entry.MayBeGone = true;
        if (entry.ExpiresAtTicks != long.MaxValue || entry.Queue.MaxLength > 0)
            entry.MayBeGone = true;
    }

    /// <summary>A queue is purged: what waits is gone.</summary>
    public void Purge(QueueModel queue)
    {
        foreach (var entry in queue.Entries)
        {
            if (entry.Removed is not null || entry.Holder is not null || entry.ArrivesAtTicks > machine.NowTicks)
                continue;
            if (queue.OpenGets > 0 || queue.Consumers > 0)
                entry.MayBeGone = true; // A client may hold it and not know yet.
            else
                Remove(entry, "purged");
        }
    }

    /// <summary>A client has asked for a message and never heard.</summary>
    public static void AnswerLost(QueueModel queue, bool noAck)
    {
        foreach (var entry in queue.Entries)
        {
            if (entry.Removed is null && entry.Holder is null && (noAck || queue.DeliveryLimit > 0 || queue.TimeToLiveMs > 0 || queue.MaxLength > 0))
                entry.MayBeGone = true;
        }
    }

    /// <summary>Checks a delivery.</summary>
    /// <param name="channel">Who got it.</param>
    /// <param name="queue">Where it comes from.</param>
    /// <param name="properties">As they came.</param>
    /// <param name="body">As it came.</param>
    /// <param name="isRedelivered">The flag.</param>
    /// <param name="asked">When the broker decided it.</param>
    public Entry Deliver(SimChannel channel, QueueModel queue, PropertiesView properties, ReadOnlySpan<byte> body, bool isRedelivered, in Asked asked)
    {
        var message = Identify(properties, body);
        trace.Tell($"    {channel} got {message} from {queue.Name}{(isRedelivered ? ", redelivered" : "")}");
        var entry = queue.Find(message) ?? FindDead(message, queue) ?? (IsLenient ? Strange(message, queue) : null) ?? throw new ViolationException("I15", $"{channel} got {message} from {queue.Name}, where it was not routed");
        CheckProperties(entry, properties);
        if (entry.Removed is not null && !IsLenient)
            throw new ViolationException("I4", $"{channel} got {entry}, which had left the queue for good");
        if (entry.Holder is not null && !IsLenient)
            throw new ViolationException("I10", $"{channel} got {entry}, which {entry.Holder} holds");
        if (!isRedelivered && entry.Deliveries > 0 && !IsLenient)
            throw new ViolationException("I5", $"{channel} got {entry} as if for the first time, and it was delivered before");
        if (asked.Ticks - LateTicks > entry.ExpiresAtTicks && !IsLenient)
            throw new ViolationException("I17", $"{channel} got {entry} {(asked.Ticks - entry.ExpiresAtTicks) / TimeSpan.TicksPerMillisecond} ms after it had expired");
        CheckCount(entry, properties);
        if (entry.Deliveries++ == 0 && !isRedelivered && !entry.IsDeadLetter && asked.Batch == machine.Batch)
            _delivered.Add(entry);
        Touch(entry);
        return entry;
    }

    /// <summary>A batch has ended: first deliveries are in order (I3).</summary>
    public void EndBatch()
    {
        foreach (var entry in _delivered)
            CheckOrder(entry);
        _delivered.Clear();
        foreach (var (message, persisted) in _confirmed)
            CheckConfirmed(message, persisted);
        _confirmed.Clear();
        _batch++;
    }

    /// <summary>I7, I16: a confirm has come.</summary>
    public void Confirm(SimMessage message, bool isAck)
    {
        trace.Tell($"    {message} is {(isAck ? "confirmed" : "refused")}");
        if (IsLenient)
            return;
        if (isAck && message.MustBeRefused)
            throw new ViolationException("I7", $"{message} was confirmed, and a full queue had refused it");
        if (!isAck && !message.MustBeRefused && !message.MayBeRefused)
            throw new ViolationException("I7", $"{message} was refused, and no queue had a reason");
        if (isAck && message.Published!.Position > machine.Persisted)
            _confirmed.Add((message, machine.Persisted));
    }

    // What a consumer got at once and needs not acknowledge leaves no trace; all else is on the disk first.
    private void CheckConfirmed(SimMessage message, long persisted)
    {
        foreach (var queue in Topology.Queues)
        {
            if (queue.Exists && queue.Keeps(message) && queue.Find(message) is { IsHere: true, MayBeGone: false } entry && entry.Added == message.Published)
                throw new ViolationException("I16", $"{entry} was confirmed and is not on the disk: {message.Published!.Position} of {persisted}");
        }
    }

    /// <summary>A transaction was answered; what it published must be on the disk.</summary>
    public void CheckCommitted(Boundary boundary)
    {
        foreach (var queue in Topology.Queues)
        {
            foreach (var entry in queue.Entries)
            {
                if (entry.Added == boundary && entry is { IsHere: true, MayBeGone: false, Holder: null } && queue.Keeps(entry.Message))
                    throw new ViolationException("I16", $"{entry} was committed and is not on the disk");
            }
        }
    }

    /// <summary>The process has ended, and started again with what the journal had at this position.</summary>
    public void Recover(long position)
    {
        _delivered.Clear();
        _confirmed.Clear();
        Topology.Recover(position);
        var now = new Boundary(0);
        foreach (var queue in Topology.Queues)
        {
            queue.Entries.RemoveAll(entry => !queue.Keeps(entry.Message) || entry.Added.Position > position);
            foreach (var entry in queue.Entries)
            {
                entry.Added = now;
                entry.Removed = entry.Removed?.Position <= position ? now : null;
                if (entry.Holder is not null)
                    entry.Returns++;
                LetGoAgain(entry);
                entry.Holder = null;
            }
        }
    }

    // The exchange that delays it may hold it again, and lets it go with its whole time to live.
    private void LetGoAgain(Entry entry)
    {
        if (entry.ArrivesAtTicks == 0 || entry.ArrivesAtTicks > machine.NowTicks || entry.ExpiresAtTicks == long.MaxValue)
            return;
        entry.MayBeGone = true;
        entry.ExpiresAtTicks = long.MaxValue;
    }

    /// <summary>I1, I4, I8: a recovered engine has what it has to have, and nothing else.</summary>
    public void Compare(BrokerEngine engine)
    {
        if (IsLenient)
            return;
        Topology.Compare(engine);
        foreach (var queue in engine.Host.Queues.InOrder())
            Compare(Topology.FindQueue(queue.Name.ToString())!, queue, HeldFor(engine, queue));
    }

    /// <summary>What must still be there, at the end of all.</summary>
    public IEnumerable<Entry> Expected() =>
        IsLenient ? [] : Topology.Queues.Where(static queue => queue.Exists).SelectMany(static queue => queue.Entries).Where(entry => IsExpected(entry));

    public bool IsExpected(Entry entry) => entry is { IsHere: true, MayBeGone: false } && entry.ExpiresAtTicks > machine.NowTicks;

    private void Enter(SimMessage message, QueueModel queue)
    {
        var entry = new Entry(message, queue, ++_lastOrder, machine.Current) { TouchedIn = _batch };
        entry.ArrivesAtTicks = message.DelayMs == 0 ? 0 : machine.NowTicks + (message.DelayMs * TimeSpan.TicksPerMillisecond);
        entry.ExpiresAtTicks = ExpiryOf(message.TimeToLiveMs, queue, message.DelayMs);
        if (queue.MaxLength > 0)
        {
            var ready = queue.Entries.Count(static one => one is { Removed: null, Holder: null });
            var isSure = queue is { Consumers: 0, OpenGets: 0, TimeToLiveMs: 0 } && !queue.Entries.Exists(static one => one is { Removed: null } and ({ MayBeGone: true } or { ExpiresAtTicks: < long.MaxValue }));
            if (queue.RejectsPublish && isSure && message.DelayMs == 0)
            {
                message.MustBeRefused |= ready >= queue.MaxLength;
                if (ready >= queue.MaxLength)
                    return;
            }
            else
            {
                message.MayBeRefused |= queue.RejectsPublish;
                entry.MayBeGone = true;
                foreach (var other in queue.RejectsPublish ? [] : queue.Entries)
                    other.MayBeGone = true;
            }
        }
        queue.Entries.Add(entry);
    }

    private void EnterDead(Entry entry, QueueModel dead)
    {
        if (dead.Find(entry.Message) is null)
            dead.Entries.Add(new Entry(entry.Message, dead, ++_lastOrder, machine.Current) { IsDeadLetter = true, TouchedIn = _batch });
    }

    private long ExpiryOf(int timeToLiveMs, QueueModel queue, int delayMs)
    {
        var least = (timeToLiveMs, queue.TimeToLiveMs) switch
        {
            (0, 0) => 0,
            (0, var own) => own,
            (var own, 0) => own,
            var (one, other) => Math.Min(one, other),
        };
        return least == 0 ? long.MaxValue : machine.NowTicks + ((least + delayMs) * TimeSpan.TicksPerMillisecond);
    }

    // A message may die at a moment that no client sees, and come into the queue for dead letters.
    private Entry? FindDead(SimMessage message, QueueModel dead)
    {
        foreach (var queue in Topology.Queues.Concat(Topology.Past))
        {
            if (queue.DeadLettersTo != dead.Name || queue.Find(message) is not { } entry)
                continue;
            if (!IsLenient && !entry.MayBeGone && entry.Removed is null && entry.ExpiresAtTicks > machine.NowTicks)
                throw new ViolationException("I17", $"{entry} died, and had no reason to");
            var letter = new Entry(message, dead, ++_lastOrder, machine.Current) { IsDeadLetter = true, TouchedIn = _batch };
            entry.Removed ??= machine.Current;
            dead.Entries.Add(letter);
            return letter;
        }
        return null;
    }

    // A damaged disk may have lost that it had left.
    private Entry Strange(SimMessage message, QueueModel queue)
    {
        var entry = new Entry(message, queue, ++_lastOrder, machine.Current) { IsDeadLetter = true };
        queue.Entries.Add(entry);
        return entry;
    }

    private SimMessage Identify(PropertiesView properties, ReadOnlySpan<byte> body)
    {
        if (!Utf8Parser.TryParse(properties.MessageId.Span, out int number, out var used) || used != properties.MessageId.Length || number < 1 || number > _messages.Count)
            throw new ViolationException("I2", $"a message with the id '{properties.MessageId}' was delivered, and none was published");
        var message = _messages[number - 1];
        var expected = new byte[message.BodyOctets];
        message.Fill(expected);
        if (!body.SequenceEqual(expected))
            throw new ViolationException("I2", $"{message} was delivered with another body");
        return message;
    }

    private void CheckProperties(Entry entry, PropertiesView properties)
    {
        // A damaged disk may have lost that a quorum queue of this name was deleted: it counts deliveries, whatever was declared since.
        var isOfQuorumQueue = entry.Queue.IsQuorum || (IsLenient && properties.Headers.TryGet("x-delivery-count"u8, out _));
        var message = entry.Message;
        if (properties.Priority != message.Priority || properties.DeliveryMode != (message.IsPersistent ? 2 : 0))
            throw new ViolationException("I2", $"{entry} was delivered with other properties");
        if (!entry.IsDeadLetter && !isOfQuorumQueue && message.DelayMs == 0 && !properties.Octets.Span.SequenceEqual(message.Sent.Span))
            throw new ViolationException("I2", $"{entry} was delivered with other properties");
    }

    private void CheckCount(Entry entry, PropertiesView properties)
    {
        if (!entry.Queue.IsQuorum || IsLenient)
            return;
        var count = properties.Headers.TryGet("x-delivery-count"u8, out var value) && value.TryGetInteger(out var number) ? number : 0;
        if (count < entry.LastCount)
            throw new ViolationException("I6", $"{entry} was delivered with x-delivery-count {count} after {entry.LastCount}");
        entry.LastCount = count;
    }

    private void CheckOrder(Entry entry)
    {
        var queue = entry.Queue;
        if (IsLenient || entry.Message.DelayMs > 0 || queue.OpenGets > 0)
            return;
        var level = queue.LevelOf(entry.Message);
        foreach (var other in queue.Entries)
        {
            if (other.Order >= entry.Order)
                break;
            if (other is { Removed: null, Holder: null, MayBeGone: false, IsDeadLetter: false } && other.Message.DelayMs == 0 && other.TouchedIn < _batch && queue.LevelOf(other.Message) == level
                && other.ExpiresAtTicks > machine.NowTicks)
            {
                throw new ViolationException("I3", $"{entry} was delivered before {other.Message}, which waits before it");
            }
        }
    }

    private void Touch(Entry entry) => entry.TouchedIn = _batch;

    private HashSet<SimMessage> HeldFor(BrokerEngine engine, Queue queue)
    {
        var found = new HashSet<SimMessage>();
        foreach (var waiting in queue.Ready.Concat(queue.Keeper?.Delayed?.Waiting ?? []))
            AddTo(found, waiting, queue, engine);
        foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
            AddTo(found, letter.Message, queue);
        foreach (var exchange in engine.Host.Exchanges.InOrder())
        {
            foreach (var held in (exchange.Router as DelayedRouter)?.Held ?? [])
            {
                var message = Identify(held.Message.Properties, held.Message.Body);
                Topology.Route(message.Exchange, message.Key, _routes);
                if (_routes.Exists(one => one.Wire == queue.Name))
                    AddTo(found, held.Message, queue);
            }
        }
        return found;
    }

    private void AddTo(HashSet<SimMessage> found, WaitingMessage waiting, Queue queue, BrokerEngine engine)
    {
        if (waiting.Message is { } message)
        {
            AddTo(found, message, queue);
            return;
        }
        if (!engine.Host.Pager!.TryRead(queue.Records!, waiting, out message))
            throw new ViolationException("I1", $"queue '{queue.Name}' has a message that cannot be read");
        AddTo(found, message, queue);
        message.Release();
    }

    private void AddTo(HashSet<SimMessage> found, Message message, Queue queue)
    {
        var known = Identify(message.Properties, message.Body);
        if (!found.Add(known))
            throw new ViolationException("I10", $"queue '{queue.Name}' has {known} twice");
    }

    private void Compare(QueueModel queue, Queue real, HashSet<SimMessage> found)
    {
        foreach (var entry in queue.Entries)
        {
            if (IsExpected(entry) && !found.Contains(entry.Message))
                throw new ViolationException("I1", $"{entry} is missing after recovery");
            if (entry.Removed is not null && found.Contains(entry.Message))
                throw new ViolationException("I4", $"{entry} is back after recovery");
            if (entry.Removed is null && !found.Contains(entry.Message))
                entry.MayBeGone = true;
        }
        foreach (var message in found)
        {
            if (queue.Find(message) is null && FindDead(message, queue) is null)
                throw new ViolationException("I2", $"{message} is in {real.Name} after recovery and was never there");
        }
    }
}
