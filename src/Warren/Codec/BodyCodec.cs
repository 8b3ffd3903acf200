using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Warren;

/// <summary>
/// Bodies to values and back. Scalars and strings are text, octets stay octets, everything else is JSON by the descriptions that the
/// application gave. Strict: what is not exactly of the type is refused with a reason, never guessed.
/// </summary>
internal sealed class BodyCodec(JsonSerializerOptions? json)
{
    /// <summary>Fails early, and with the remedy, for a type that nobody described.</summary>
    public void Require<T>()
    {
        if (!IsPlain<T>())
            TypeInfo<T>();
    }

    public Payload Encode<T>(T value)
    {
        if (ScalarText.Handles<T>())
            return Payload.FromScalar(value);
        if (typeof(T) == typeof(Payload))
            return (Payload)(object)value!;
        if (typeof(T) == typeof(string))
            return new Payload((string)(object)value!);
        if (typeof(T) == typeof(ReadOnlyMemory<byte>))
            return new Payload((ReadOnlyMemory<byte>)(object)value!);
        if (typeof(T) == typeof(byte[]))
            return new Payload((byte[])(object)value!);
        return Payload.FromJson(JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>()));
    }

    /// <summary>Reads a body; what it returns owns its octets. When false, <paramref name="error"/> says what is wrong with the body.</summary>
    public bool TryDecode<T>(ReadOnlySpan<byte> body, out T value, out string error)
    {
        error = "";
        if (ScalarText.Handles<T>())
        {
            if (ScalarText.TryParse(body, out value))
                return true;
            error = $"{Show(body)} is not {NameOf<T>()}";
            return false;
        }
        if (typeof(T) == typeof(string))
        {
            var valid = Utf8.IsValid(body);
            value = valid ? (T)(object)Encoding.UTF8.GetString(body) : default!;
            error = valid ? "" : "the body is not UTF-8 text";
            return valid;
        }
        if (typeof(T) == typeof(ReadOnlyMemory<byte>))
        {
            value = (T)(object)new ReadOnlyMemory<byte>(body.ToArray());
            return true;
        }
        if (typeof(T) == typeof(byte[]))
        {
            value = (T)(object)body.ToArray();
            return true;
        }
        return TryDecodeJson(body, out value, out error);
    }

    private static bool IsPlain<T>() =>
        ScalarText.Handles<T>() || typeof(T) == typeof(string) || typeof(T) == typeof(ReadOnlyMemory<byte>) || typeof(T) == typeof(byte[]) || typeof(T) == typeof(Payload);

    /// <summary>What a type is, in words.</summary>
    public static string NameOf<T>() =>
        typeof(T) == typeof(int) || typeof(T) == typeof(long) || typeof(T) == typeof(short) || typeof(T) == typeof(sbyte) ? $"a whole number ({typeof(T).Name})"
        : typeof(T) == typeof(uint) || typeof(T) == typeof(ulong) || typeof(T) == typeof(ushort) || typeof(T) == typeof(byte) ? $"a whole number without sign ({typeof(T).Name})"
        : typeof(T) == typeof(double) || typeof(T) == typeof(float) || typeof(T) == typeof(decimal) ? $"a number ({typeof(T).Name})"
        : typeof(T) == typeof(bool) ? "true or false"
        : $"a {typeof(T).Name}";

    // Only printable ASCII, and little of it: the text goes into logs and terminals.
    public static string Show(ReadOnlySpan<byte> body)
    {
        const int most = 40;
        if (body.IsEmpty)
            return "the empty body";
        var text = new StringBuilder("'");
        foreach (var octet in body[..Math.Min(body.Length, most)])
            text.Append(octet is >= 0x20 and < 0x7F ? (char)octet : '?');
        return text.Append(body.Length > most ? "...'" : "'").ToString();
    }

    private bool TryDecodeJson<T>(ReadOnlySpan<byte> body, out T value, out string error)
    {
        try
        {
            value = JsonSerializer.Deserialize(body, TypeInfo<T>())!;
            error = value is null ? $"null is not a {typeof(T).Name}" : "";
            return value is not null;
        }
        catch (JsonException e)
        {
            value = default!;
            error = $"the body is not the JSON of a {typeof(T).Name}: {e.Message}";
            return false;
        }
    }

    private JsonTypeInfo<T> TypeInfo<T>()
    {
        if (json is not null && json.TryGetTypeInfo(typeof(T), out var info))
            return (JsonTypeInfo<T>)info;
        throw new InvalidOperationException(
            $"{typeof(T)} travels as JSON, and nobody has described it. Set BusOptions.Json to options whose TypeInfoResolver is your JsonSerializerContext "
            + "(or call BusOptions.WithReflectionJson() where trimming and native AOT do not matter).");
    }
}
