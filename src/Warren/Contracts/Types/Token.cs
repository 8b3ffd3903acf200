using System.Text.Json;

namespace Warren;

/// <summary>A JSON token, for messages.</summary>
internal static class Token
{
    /// <summary>What stands there, short and without control characters: <c>the text "abc"</c>, <c>3.5</c>, <c>null</c>, <c>an object</c>.</summary>
    public static string Show(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => $"the text {BodyCodec.Show(reader.ValueSpan)}",
        JsonTokenType.Number => BodyCodec.Show(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Null => "null",
        JsonTokenType.StartArray => "a list",
        _ => "an object",
    };
}
