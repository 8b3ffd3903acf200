using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// What a queue's arguments ask for, and the state they need, apart from the queue so that a plain one stays small: most queues have none.
/// </summary>
internal sealed class QueueRules
{
    private const long TicksPerMs = TimeSpan.TicksPerMillisecond;

    /// <summary><c>x-message-ttl</c> in ticks, or <see cref="Message.Unlimited"/>.</summary>
    public long TimeToLiveTicks { get; private init; } = Message.Unlimited;

    /// <summary>When the first message is looked at again.</summary>
    public required HeadExpiry Expiry { get; init; }

    /// <summary>The end of a queue that nobody uses; null when it does not end by itself.</summary>
    public IdleEnd? IdleEnd { get; private init; }

    /// <summary>Null when any number may wait.</summary>
    public LengthLimit? Limit { get; private init; }

    /// <summary>Null when messages that die are gone.</summary>
    public DeadLetterTarget? DeadLetters { get; private init; }

    /// <summary>Set for quorum queues.</summary>
    public DeliveryCounts? DeliveryCounts { get; private init; }

    /// <summary>The highest priority that makes a difference, 1 to 255; null where none does.</summary>
    public int? MaxPriority { get; private init; }

    /// <summary>True when only the oldest consumer gets messages, and the others wait for its end.</summary>
    public bool HasSingleActiveConsumer { get; private init; }

    /// <summary>The rules of a queue whose arguments ask for nothing, for when a message with an expiration waits in it.</summary>
    public static QueueRules Plain(Queue queue, VirtualHost host) => new() { Expiry = new HeadExpiry(queue, host.Deadlines) };

    /// <summary>Reads arguments that were checked.</summary>
    /// <returns>Null when they ask for nothing.</returns>
    public static QueueRules? Of(FieldTable arguments, QueueType type, Queue queue, VirtualHost host)
    {
        if (arguments.IsEmpty)
            return null;
        var timeToLive = Integer(arguments, "x-message-ttl"u8);
        var idle = Integer(arguments, "x-expires"u8);
        var limit = LimitOf(arguments, type);
        var deadLetters = DeadLetterTarget.Of(arguments);
        var counts = type == QueueType.Quorum ? new DeliveryCounts(Integer(arguments, "x-delivery-limit"u8) ?? DeliveryCounts.DefaultLimit) : null;
        var maxPriority = Integer(arguments, "x-max-priority"u8);
        var isSingleActive = arguments.TryGet("x-single-active-consumer"u8, out var value) && value.TryGetBoolean(out var asked) && asked;
        if (timeToLive is null && idle is null && limit is null && deadLetters is null && counts is null && maxPriority is not > 0 && !isSingleActive)
            return null;
        return new QueueRules
        {
            Expiry = new HeadExpiry(queue, host.Deadlines),
            TimeToLiveTicks = timeToLive * TicksPerMs ?? Message.Unlimited,
            IdleEnd = idle is { } idleMs ? new IdleEnd(queue, host, idleMs * TicksPerMs) : null,
            Limit = limit,
            DeadLetters = deadLetters,
            DeliveryCounts = counts,
            MaxPriority = maxPriority is > 0 ? (int)maxPriority : null,
            HasSingleActiveConsumer = isSingleActive,
        };
    }

    private static LengthLimit? LimitOf(FieldTable arguments, QueueType type)
    {
        var messages = Integer(arguments, "x-max-length"u8);
        var octets = Integer(arguments, "x-max-length-bytes"u8);
        if (messages is null && octets is null)
            return null;
        return new LengthLimit(messages ?? long.MaxValue, octets ?? long.MaxValue, OverflowOf(arguments, type));
    }

    // A quorum queue takes reject-publish-dlx for a word it does not know, and drops the head.
    private static Overflow OverflowOf(FieldTable arguments, QueueType type)
    {
        if (!arguments.TryGet("x-overflow"u8, out var value))
            return Overflow.DropHead;
        if (value.Octets.Span.SequenceEqual("reject-publish"u8))
            return Overflow.RejectPublish;
        return type == QueueType.Classic && value.Octets.Span.SequenceEqual("reject-publish-dlx"u8)
            ? Overflow.RejectPublishDeadLetter
            : Overflow.DropHead;
    }

    private static long? Integer(FieldTable arguments, ReadOnlySpan<byte> name) =>
        arguments.TryGet(name, out var value) && value.TryGetInteger(out var integer) ? integer : null;
}
