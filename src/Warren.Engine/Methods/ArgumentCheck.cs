using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The arguments of queue.declare that a classic queue knows: their types and ranges, with RabbitMQ's words.</summary>
internal static class ArgumentCheck
{
    private const long MaxTimerMs = uint.MaxValue;

    public static void Check(FieldTable arguments, string described)
    {
        foreach (var (name, value) in arguments)
        {
            if (Fault(name.ToString(), value) is { } fault)
                throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described}: {fault}");
            if (name.Span.StartsWith("x-dead-letter-"u8) && IsDeadLetterName(name) && value.Type != FieldType.LongString)
            {
                throw new ChannelException(
                    ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(value.Type)}' for arg '{name}' in {described}");
            }
        }
        if (arguments.TryGet("x-dead-letter-routing-key"u8, out _) && !arguments.TryGet("x-dead-letter-exchange"u8, out _))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"invalid arg 'x-dead-letter-routing-key' for {described}: routing_key_but_no_dlx_defined");
        }
    }

    /// <summary>Refuses a consumer's priority that is not an integer.</summary>
    public static long ConsumerPriority(FieldTable arguments, string described)
    {
        if (!arguments.TryGet("x-priority"u8, out var value))
            return 0;
        if (value.TryGetInteger(out var priority))
            return priority;
        throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid arg 'x-priority' for {described}: {NotAnInteger(value)}");
    }

    private static bool IsDeadLetterName(ShortString name) => !name.Span.EndsWith("-strategy"u8);

    private static string? Fault(string name, FieldValue value) => name switch
    {
        "x-message-ttl" => Integer(value, 0, MaxTimerMs),
        "x-expires" => Integer(value, 1, MaxTimerMs),
        "x-max-length" or "x-max-length-bytes" => Integer(value, 0, long.MaxValue),
        "x-max-priority" => MaxPriority(value),
        "x-overflow" => OneOf(value, "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx"),
        "x-queue-mode" => OneOf(value, "invalid_queue_mode", "default", "lazy"),
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

    private static string NotAnInteger(FieldValue value) => $"\"expected integer, got {FieldText.TypeName(value.Type)}\"";

    private static string UnacceptableType(FieldValue value) => $"{{unacceptable_type,{FieldText.TypeName(value.Type)}}}";
}
