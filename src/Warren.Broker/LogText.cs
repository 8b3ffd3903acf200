using System.Globalization;
using System.Text;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Makes a client's text safe to log: no control characters that a terminal would obey, and not too long.</summary>
internal static class LogText
{
    private const int MaxChars = 256;

    public static string Escape(string text)
    {
        var isClean = text.Length <= MaxChars;
        foreach (var c in text)
            isClean &= !IsUnsafe(c);
        return isClean ? text : EscapeSlowly(text);
    }

    /// <summary>A refusal in one line: code and reason, then detail and remedy where there are any.</summary>
    public static string Of(in Refusal refusal)
    {
        var text = $"{refusal.Code.Name()} - {Escape(refusal.Reason)}";
        if (refusal.Detail is { } detail)
            text += $" ({Escape(detail)})";
        return refusal.Remedy is { } remedy ? $"{text}. {Escape(remedy)}" : text;
    }

    private static string EscapeSlowly(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxChars)))
        {
            if (IsUnsafe(c))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                escaped.Append(c);
        }
        return escaped.Append(text.Length > MaxChars ? "..." : "").ToString();
    }

    // Format characters turn the direction of text around, so that a log line shows something else than it says.
    private static bool IsUnsafe(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
