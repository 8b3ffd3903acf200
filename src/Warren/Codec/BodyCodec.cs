using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Warren.Amqp;

namespace Warren;

/// <summary>
/// Bodies to values and back. Scalars and strings are text, octets stay octets, everything else is in a format of the application's or JSON by the
/// descriptions that it gave. Strict: what is not exactly of the type is refused with a reason, never guessed.
/// </summary>
internal sealed class BodyCodec(JsonSerializerOptions? json, params IReadOnlyList<BodyFormat> formats)
{
    /// <summary>Fails early, and with the remedy, for a type that nobody described.</summary>
    public void Require<T>()
    {
        if (!IsPlain<T>() && FormatFor<T>() is null)
            TypeInfo<T>();
    }

    /// <summary>Which of the kinds of body that are known here a content type means; null for any other.</summary>
    public ContentType? Find(ShortString contentType)
    {
        if (contentType.IsEmpty)
            return null;
        foreach (var format in formats)
        {
            if (format.Type.Is(contentType))
                return format.Type;
        }
        return ContentType.Json.Is(contentType) ? ContentType.Json : null;
    }

    /// <summary>The body of a value. Where there is a choice it is <paramref name="wanted"/>: a reply is written as the request was.</summary>
    public Payload Encode<T>(T value, ContentType? wanted = null)
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
        return FormatFor<T>(wanted) is { } format ? format.Encode(value) : Payload.FromJson(JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>()));
    }

    /// <summary>Reads a body; what it returns owns its octets. When false, <paramref name="error"/> says what is wrong with the body.</summary>
    public bool TryDecode<T>(in ReceivedBody received, out T value, out string error)
    {
        var body = received.Span;
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
        return ReaderOf<T>(received) is { } format ? format.TryDecode(received.Octets, out value, out error) : TryDecodeJson(received, out value, out error);
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

    private bool TryDecodeJson<T>(in ReceivedBody body, out T value, out string error)
    {
        try
        {
            value = JsonSerializer.Deserialize(body.Span, TypeInfo<T>())!;
            error = value is null ? $"null is not a {typeof(T).Name}" : "";
            return value is not null;
        }
        catch (JsonException e)
        {
            value = default!;
            error = $"the body is not the JSON of a {typeof(T).Name}: {e.Message}";
            if (!body.ContentType.IsEmpty && Find(body.ContentType) is null)
                error = $"nothing here reads {Show(body.ContentType.Span)} (BusOptions.Formats), and {error}";
            return false;
        }
    }

    // Of a content type that has a format it is that one; otherwise JSON, unless the type has only a format.
    private BodyFormat? ReaderOf<T>(in ReceivedBody body)
    {
        if (formats.Count == 0)
            return null;
        var named = Find(body.ContentType);
        return formats.FirstOrDefault(format => format.Type == named && format.Handles(typeof(T))) ?? (IsDescribed<T>() ? null : FormatFor<T>());
    }

    private BodyFormat? FormatFor<T>(ContentType? wanted = null)
    {
        if (formats.Count == 0)
            return null;
        if (wanted is not null && formats.FirstOrDefault(format => format.Type == wanted && format.Handles(typeof(T))) is { } asked)
            return asked;
        return wanted == ContentType.Json && IsDescribed<T>() ? null : formats.FirstOrDefault(format => format.Handles(typeof(T)));
    }

    private bool IsDescribed<T>() => json is not null && json.TryGetTypeInfo(typeof(T), out _);

    private JsonTypeInfo<T> TypeInfo<T>()
    {
        if (json is not null && json.TryGetTypeInfo(typeof(T), out var info))
            return (JsonTypeInfo<T>)info;
        throw new InvalidOperationException(
            $"{typeof(T)} travels as JSON, and nobody has described it. Set BusOptions.Json to options whose TypeInfoResolver is your JsonSerializerContext "
            + "(or call BusOptions.WithReflectionJson() where trimming and native AOT do not matter). BusOptions.Formats has other ways.");
    }
}
