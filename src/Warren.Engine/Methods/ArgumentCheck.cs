using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The arguments of queue.declare: their types and ranges, and which type of queue knows them, with RabbitMQ's words.</summary>
internal static class ArgumentCheck
{
    private const long MaxTimerMs = uint.MaxValue;

    /// <summary>The queue's type.</summary>
    /// <exception cref="ChannelException">406: a type that this broker does not have.</exception>
    public static QueueType TypeOf(FieldTable arguments, string described)
    {
        if (!arguments.TryGet("x-queue-type"u8, out var value))
            return QueueType.Classic;
        if (value.Type != FieldType.LongString)
            throw Invalid("x-queue-type", described, UnacceptableType(value));
        var type = Encoding.UTF8.GetString(value.Octets.Span);
        return type switch
        {
            "classic" => QueueType.Classic,
            "quorum" => QueueType.Quorum,
            _ => throw Invalid("x-queue-type", described, $"\"unsupported queue type '{type}'\""),
        };
    }

    /// <summary>What a quorum queue cannot be (https://www.rabbitmq.com/docs/quorum-queues#feature-comparison).</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static void CheckQuorum(in QueueDeclare declare, string described)
    {
        if (declare.Queue.IsEmpty)
            throw new ChannelException(ReplyCode.PreconditionFailed, "Cannot declare a server-named queue for type rabbit_quorum_queue");
        if (!declare.Durable)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'non-durable' for {described}");
        if (declare.Exclusive)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'exclusive-owner' for {described}");
        if (declare.AutoDelete)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'auto-delete' for {described}");
    }

    public static void Check(FieldTable arguments, QueueType type, string described)
    {
        foreach (var (name, value) in arguments)
        {
            if (IsOfOtherType(name.ToString(), type))
                throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described} of queue type {TypeName(type)}");
            if (Fault(name.ToString(), value) is { } fault)
                throw Invalid(name.ToString(), described, fault);
            if (name.Span.StartsWith("x-dead-letter-"u8) && IsDeadLetterName(name) && value.Type != FieldType.LongString)
            {
                throw new ChannelException(
                    ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(value.Type)}' for arg '{name}' in {described}");
            }
        }
        if (arguments.TryGet("x-dead-letter-routing-key"u8, out _) && !arguments.TryGet("x-dead-letter-exchange"u8, out _))
        {
            throw Invalid("x-dead-letter-routing-key", described, "routing_key_but_no_dlx_defined");
        }
    }

    /// <summary>Refuses a consumer's priority that is not an integer.</summary>
    public static long ConsumerPriority(FieldTable arguments, string described)
    {
        if (!arguments.TryGet("x-priority"u8, out var value))
            return 0;
        if (value.TryGetInteger(out var priority))
            return priority;
        throw Invalid("x-priority", described, NotAnInteger(value));
    }

    private static string TypeName(QueueType type) => type == QueueType.Quorum ? "rabbit_quorum_queue" : "rabbit_classic_queue";

    private static bool IsOfOtherType(string name, QueueType type) => name switch
    {
        "x-delivery-limit" or "x-dead-letter-strategy" or "x-quorum-initial-group-size" or "x-max-in-memory-length" or "x-max-in-memory-bytes" =>
            type != QueueType.Quorum,
        "x-max-priority" or "x-queue-mode" or "x-queue-version" or "x-queue-master-locator" => type != QueueType.Classic,
        "x-max-age" or "x-stream-max-segment-size-bytes" or "x-stream-filter-size-bytes" or "x-initial-cluster-size" => true, // Of streams.
        _ => false,
    };

    private static bool IsDeadLetterName(ShortString name) => !name.Span.EndsWith("-strategy"u8);

    private static string? Fault(string name, FieldValue value) => name switch
    {
        "x-message-ttl" => Integer(value, 0, MaxTimerMs),
        "x-expires" => Integer(value, 1, MaxTimerMs),
        "x-max-length" or "x-max-length-bytes" => Integer(value, 0, long.MaxValue),
        "x-max-priority" => MaxPriority(value),
        "x-overflow" => OneOf(value, "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx"),
        "x-queue-mode" => OneOf(value, "invalid_queue_mode", "default", "lazy"),
        "x-dead-letter-strategy" => OneOf(value, "invalid_dlx_strategy", "at-most-once", "at-least-once"),
        "x-delivery-limit" => value.TryGetInteger(out _) ? null : NotAnInteger(value),
        "x-quorum-initial-group-size" => Integer(value, 1, long.MaxValue),
        "x-max-in-memory-length" or "x-max-in-memory-bytes" => Integer(value, 0, long.MaxValue),
        "x-single-active-consumer" => value.Type == FieldType.Boolean ? null : UnacceptableType(value),
        _ => null,
    };

    private static string? Integer(FieldValue value, long smallest, long largest)
    {
        if (!value.TryGetInteger(out var integer))
            return NotAnInteger(value);
        if (integer < 0)
            return $"{{value_negative,{integer}}}";
        if (integer < smallest)
            return "{value_zero,0}";
        return integer > largest ? $"{{value_too_large,{integer}}}" : null;
    }

    private static string? MaxPriority(FieldValue value) =>
        Integer(value, 0, long.MaxValue) ?? (value.TryGetInteger(out var priority) && priority > 255 ? $"{{max_value_exceeded,{priority}}}" : null);

    private static string? OneOf(FieldValue value, string fault, params ReadOnlySpan<string> words)
    {
        if (value.Type != FieldType.LongString)
            return UnacceptableType(value);
        return words.Contains(Encoding.UTF8.GetString(value.Octets.Span)) ? null : fault;
    }

    private static ChannelException Invalid(string name, string described, string fault) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described}: {fault}");

    private static string NotAnInteger(FieldValue value) => $"\"expected integer, got {FieldText.TypeName(value.Type)}\"";

    private static string UnacceptableType(FieldValue value) => $"{{unacceptable_type,{FieldText.TypeName(value.Type)}}}";
}
