using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a queue's arguments ask for (https://www.rabbitmq.com/docs/queues#optional-arguments).</summary>
internal sealed record QueueRules
{
    /// <summary>Those of a queue whose arguments ask for nothing.</summary>
    public static readonly QueueRules None = new();

    /// <summary><c>x-message-ttl</c> in ticks, or <see cref="Message.Unlimited"/>.</summary>
    public long TimeToLiveTicks { get; private init; } = Message.Unlimited;

    /// <summary><c>x-expires</c> in ticks: how long the queue may be without use; null for ever.</summary>
    public long? IdleTicks { get; private init; }

    /// <summary>Null when any number may wait.</summary>
    public LengthLimit? Limit { get; private init; }

    /// <summary>Null when messages that die are gone.</summary>
    public DeadLetterTarget? DeadLetters { get; private init; }

    /// <summary>True when a dead letter stays in the queue until it has arrived: <c>x-dead-letter-strategy</c> at-least-once of a queue that drops nothing.</summary>
    public bool KeepsDeadLetters { get; private init; }

    /// <summary><c>x-delivery-limit</c> of a quorum queue, negative for none; null for a classic queue, which does not count.</summary>
    public long? DeliveryLimit { get; private init; }

    /// <summary>How long a message waits that came back; null for not at all.</summary>
    public RetryDelay? RetryDelay { get; private init; }

    /// <summary>The highest priority that makes a difference, 1 to 255; null where none does.</summary>
    public int? MaxPriority { get; private init; }

    /// <summary>True when only the oldest consumer gets messages, and the others wait for its end.</summary>
    public bool HasSingleActiveConsumer { get; private init; }

    /// <summary>Reads arguments that were checked.</summary>
    /// <returns><see cref="None"/> itself when they ask for nothing.</returns>
    public static QueueRules Of(FieldTable arguments, QueueType type, Profile profile)
    {
        if (arguments.IsEmpty)
            return None;
        var target = DeadLetterTarget.Of(arguments);
        var rules = new QueueRules
        {
            TimeToLiveTicks = Ticks(arguments, "x-message-ttl"u8) ?? Message.Unlimited,
            IdleTicks = Ticks(arguments, "x-expires"u8),
            Limit = LimitOf(arguments, type),
            DeadLetters = target,
            KeepsDeadLetters = type == QueueType.Quorum && target is not null && IsAtLeastOnce(arguments) && OverflowOf(arguments, type) == Overflow.RejectPublish,
            DeliveryLimit = type == QueueType.Quorum ? DeliveryLimitOf(arguments, profile) : null,
            RetryDelay = type == QueueType.Quorum && !profile.TakesRetryArgumentsOnClassicQueue ? RetryDelay.Of(arguments) : null,
            MaxPriority = Integer(arguments, "x-max-priority"u8) is > 0 and var maxPriority ? (int)maxPriority : null,
            HasSingleActiveConsumer = arguments.TryGet("x-single-active-consumer"u8, out var value) && value.TryGetBoolean(out var isSingle) && isSingle,
        };
        return rules == None ? None : rules;
    }

    private static long DeliveryLimitOf(FieldTable arguments, Profile profile)
    {
        var limit = Integer(arguments, "x-delivery-limit"u8);
        if (limit < 0 && !profile.ChecksDeliveryLimit)
            return 0;
        return limit ?? profile.DefaultDeliveryLimit ?? DeliveryCounts.NoLimit;
    }

    private static bool IsAtLeastOnce(FieldTable arguments) =>
        arguments.TryGet("x-dead-letter-strategy"u8, out var value) && value.Octets.Span.SequenceEqual("at-least-once"u8);

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

    // A policy may ask for more than all times.
    private static long? Ticks(FieldTable arguments, ReadOnlySpan<byte> name) =>
        Integer(arguments, name) is { } ms ? Math.Min(ms, Expiration.LargestMs) * TimeSpan.TicksPerMillisecond : null;

    private static long? Integer(FieldTable arguments, ReadOnlySpan<byte> name) =>
        arguments.TryGet(name, out var value) && value.TryGetInteger(out var integer) ? integer : null;
}
