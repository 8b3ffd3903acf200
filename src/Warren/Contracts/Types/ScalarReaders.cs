using System.Globalization;
using System.Text.Json;

namespace Warren;

/// <summary>One token to one value. The reader's own TryGet methods throw when the token is of another kind, so each asks for that first.</summary>
internal static class ScalarReaders
{
    public static bool Boolean(ref Utf8JsonReader json, out bool value)
    {
        value = json.TokenType == JsonTokenType.True;
        return value || json.TokenType == JsonTokenType.False;
    }

    public static bool Byte(ref Utf8JsonReader json, out byte value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetByte(out value);
    }

    public static bool SByte(ref Utf8JsonReader json, out sbyte value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetSByte(out value);
    }

    public static bool Int16(ref Utf8JsonReader json, out short value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt16(out value);
    }

    public static bool UInt16(ref Utf8JsonReader json, out ushort value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetUInt16(out value);
    }

    public static bool Int32(ref Utf8JsonReader json, out int value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out value);
    }

    public static bool UInt32(ref Utf8JsonReader json, out uint value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetUInt32(out value);
    }

    public static bool Int64(ref Utf8JsonReader json, out long value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out value);
    }

    public static bool UInt64(ref Utf8JsonReader json, out ulong value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetUInt64(out value);
    }

    public static bool Decimal(ref Utf8JsonReader json, out decimal value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetDecimal(out value);
    }

    public static bool Single(ref Utf8JsonReader json, out float value)
    {
        value = 0;
        if (json.TokenType == JsonTokenType.Number)
            return json.TryGetSingle(out value) && float.IsFinite(value);
        if (json.TokenType != JsonTokenType.String)
            return false;
        // JSON has no digits for these three.
        value = json.ValueTextEquals("Infinity"u8) ? float.PositiveInfinity : json.ValueTextEquals("-Infinity"u8) ? float.NegativeInfinity : float.NaN;
        return !float.IsNaN(value) || json.ValueTextEquals("NaN"u8);
    }

    public static bool Double(ref Utf8JsonReader json, out double value)
    {
        value = 0;
        if (json.TokenType == JsonTokenType.Number)
            return json.TryGetDouble(out value) && double.IsFinite(value);
        if (json.TokenType != JsonTokenType.String)
            return false;
        // JSON has no digits for these three.
        value = json.ValueTextEquals("Infinity"u8) ? double.PositiveInfinity : json.ValueTextEquals("-Infinity"u8) ? double.NegativeInfinity : double.NaN;
        return !double.IsNaN(value) || json.ValueTextEquals("NaN"u8);
    }

    public static bool String(ref Utf8JsonReader json, out string value)
    {
        value = json.TokenType == JsonTokenType.String ? json.GetString()! : null!;
        return value is not null;
    }

    public static bool Char(ref Utf8JsonReader json, out char value)
    {
        value = default;
        if (!String(ref json, out var text) || text.Length != 1)
            return false;
        value = text[0];
        return true;
    }

    public static bool Guid(ref Utf8JsonReader json, out Guid value)
    {
        value = default;
        return json.TokenType == JsonTokenType.String && json.TryGetGuid(out value);
    }

    public static bool DateTime(ref Utf8JsonReader json, out DateTime value)
    {
        value = default;
        return json.TokenType == JsonTokenType.String && json.TryGetDateTime(out value);
    }

    public static bool DateTimeOffset(ref Utf8JsonReader json, out DateTimeOffset value)
    {
        value = default;
        return json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out value);
    }

    public static bool DateOnly(ref Utf8JsonReader json, out DateOnly value)
    {
        value = default;
        return String(ref json, out var text) && System.DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    public static bool TimeOnly(ref Utf8JsonReader json, out TimeOnly value)
    {
        value = default;
        return String(ref json, out var text) && System.TimeOnly.TryParseExact(text, ["HH:mm:ss.FFFFFFF", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    public static bool TimeSpan(ref Utf8JsonReader json, out TimeSpan value)
    {
        value = default;
        return String(ref json, out var text) && System.TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value);
    }

    public static bool Uri(ref Utf8JsonReader json, out Uri value)
    {
        value = null!;
        return String(ref json, out var text) && System.Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out value!);
    }

    public static bool Octets(ref Utf8JsonReader json, out byte[] value)
    {
        value = null!;
        return json.TokenType == JsonTokenType.String && json.TryGetBytesFromBase64(out value!);
    }

    public static bool Memory(ref Utf8JsonReader json, out ReadOnlyMemory<byte> value)
    {
        var read = Octets(ref json, out var octets);
        value = octets;
        return read;
    }

    public static bool Element(ref Utf8JsonReader json, out JsonElement value)
    {
        value = JsonElement.ParseValue(ref json);
        return true;
    }
}
