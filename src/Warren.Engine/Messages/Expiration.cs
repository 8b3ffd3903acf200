using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The property <c>expiration</c>: milliseconds as decimal text, read with RabbitMQ's words.</summary>
internal static class Expiration
{
    /// <summary>RabbitMQ's limit of all times: ten years.</summary>
    public const long LargestMs = 10L * 365 * 24 * 60 * 60 * 1000;

    /// <summary>The time to live in milliseconds.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static long ReadMs(ShortString expiration)
    {
        var text = expiration.Span;
        var digits = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        var negative = text.Length > digits.Length && text[0] == '-';
        var count = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (count == 0 || digits.IsEmpty)
            throw Invalid(expiration, "no_integer");
        if (count > 0)
            throw Invalid(expiration, $"{{leftover_string,\"{new ShortString(expiration.Memory[(text.Length - digits.Length + count)..])}\"}}");
        var significant = digits.TrimStart((byte)'0');
        if (negative && !significant.IsEmpty)
            throw Invalid(expiration, $"{{value_negative,-{Text(significant)}}}");
        var ms = significant.Length is > 0 and <= 12 ? long.Parse(significant, provider: null) : 0;
        if (significant.Length > 12 || ms > LargestMs)
            throw Invalid(expiration, $"{{value_too_large,{Text(significant)}}}");
        return ms;
    }

    private static string Text(ReadOnlySpan<byte> digits) => System.Text.Encoding.ASCII.GetString(digits);

    private static ChannelException Invalid(ShortString expiration, string why) =>
        new(ReplyCode.PreconditionFailed, $"invalid expiration '{expiration}': {why}");
}
