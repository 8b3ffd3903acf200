using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What is wrong with an argument's value, in RabbitMQ's words; null when nothing is.</summary>
internal static class ArgumentFault
{
    public static string? Integer(FieldValue value, long smallest, long largest)
    {
        if (!value.TryGetInteger(out var integer))
            return NotAnInteger(value);
        if (integer < 0)
            return $"{{value_negative,{integer}}}";
        if (integer < smallest)
            return "{value_zero,0}";
        return integer > largest ? $"{{value_too_large,{integer}}}" : null;
    }

    public static string? String(FieldValue value) => value.Type == FieldType.LongString ? null : UnacceptableType(value);

    public static string? AnyInteger(FieldValue value) => value.TryGetInteger(out _) ? null : NotAnInteger(value);

    public static string? Boolean(FieldValue value) => value.Type == FieldType.Boolean ? null : UnacceptableType(value);

    public static string? MaxPriority(FieldValue value) =>
        Integer(value, 0, long.MaxValue) ?? (value.TryGetInteger(out var priority) && priority > 255 ? $"{{max_value_exceeded,{priority}}}" : null);

    public static string? QueueMode(FieldValue value) =>
        OneOf(value, "", "default", "lazy") is { } fault ? fault.Length == 0 ? $"\"unsupported queue mode '{FieldText.Value(value)}'\"" : fault : null;

    public static string? QueueVersion(FieldValue value, int smallest) =>
        Integer(value, 0, long.MaxValue)
        ?? (value.TryGetInteger(out var version) && (version < smallest || version > 2) ? $"\"unsupported queue version '{version}'\"" : null);

    public static string? OneOf(FieldValue value, string fault, params ReadOnlySpan<string> words)
    {
        if (value.Type != FieldType.LongString)
            return UnacceptableType(value);
        return words.Contains(Encoding.UTF8.GetString(value.Octets.Span)) ? null : fault;
    }

    public static string NotAnInteger(FieldValue value) => $"\"expected integer, got {FieldText.TypeName(value.Type)}\"";

    public static string UnacceptableType(FieldValue value) => $"{{unacceptable_type,{FieldText.TypeName(value.Type)}}}";
}
