using System.Buffers.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The header <c>x-delay</c>: milliseconds, as an integer of any width, a number that is cut, or decimal text.</summary>
internal static class DelayHeader
{
    private const long MaxMs = uint.MaxValue; // 49 days and some hours, as the plugin has it.

    private static ReadOnlySpan<byte> Name => "x-delay"u8;

    /// <summary>False when the message is not to wait: no such header, not a number, not above 0 or beyond 2^32-1.</summary>
    public static bool TryRead(FieldTable headers, out long delayMs)
    {
        delayMs = 0;
        return headers.TryGet(Name, out var value) && TryRead(value, out delayMs) && delayMs is > 0 and <= MaxMs;
    }

    /// <summary>The same headers with the delay below zero, so that it does not count again.</summary>
    public static FieldTable Negate(FieldTable headers, long delayMs)
    {
        var negated = new FieldTableBuilder();
        foreach (var field in headers)
        {
            if (!field.Name.Span.SequenceEqual(Name))
                negated.Add(field.Name, field.Value);
            else if (delayMs <= int.MaxValue)
                negated.Add("x-delay", (int)-delayMs);
            else
                negated.Add("x-delay", -delayMs);
        }
        return negated.ToTable();
    }

    private static bool TryRead(FieldValue value, out long number)
    {
        if (value.TryGetInteger(out number))
            return true;
        switch (value.ToObject())
        {
            case float n when Math.Abs(n) <= MaxMs: number = (long)n; return true;
            case double n when Math.Abs(n) <= MaxMs: number = (long)n; return true;
            case decimal n: number = (long)n; return true;
            case string when Utf8Parser.TryParse(value.Octets.Span, out number, out var used) && used == value.Octets.Length: return true;
            default: return false;
        }
    }
}
