using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// What a message carries. Numbers, booleans, GUIDs, times and strings convert to it by themselves and travel as text
/// (<c>text/plain</c>), as in the tutorials; octets travel untouched; <see cref="Json{T}"/> makes JSON (<c>application/json</c>).
/// </summary>
public readonly struct Payload
{
    private const int StackOctets = 512;

    private readonly InlineText _inline;
    private readonly byte _inlineLength;
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte> _octets;

    /// <summary>Octets that travel as they are. They are not copied: leave them alone until the message was sent.</summary>
    public Payload(ReadOnlyMemory<byte> octets) => _octets = octets;

    /// <summary>Text that travels as UTF-8.</summary>
    public Payload(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
        ContentType = ContentType.Text;
    }

    /// <summary>Octets of a format of your own. They are not copied: leave them alone until the message was sent.</summary>
    /// <exception cref="ArgumentException">The content type is none: 1 to 255 characters of ASCII with a slash.</exception>
    public Payload(ReadOnlyMemory<byte> octets, string contentType)
        : this(octets, ContentType.Named(contentType))
    {
    }

    internal Payload(ReadOnlyMemory<byte> octets, ContentType contentType)
    {
        _octets = octets;
        ContentType = contentType;
    }

    private Payload(scoped in InlineText inline, int length, ContentType contentType)
    {
        _inline = inline;
        _inlineLength = (byte)length;
        ContentType = contentType;
    }

    /// <summary>Null for octets.</summary>
    internal ContentType? ContentType { get; }

    /// <summary>Text.</summary>
    public static implicit operator Payload(string text) => new(text);

    /// <summary>Octets.</summary>
    public static implicit operator Payload(byte[] octets) => new((ReadOnlyMemory<byte>)octets);

    /// <summary>Octets.</summary>
    public static implicit operator Payload(ReadOnlyMemory<byte> octets) => new(octets);

    /// <summary>Decimal digits.</summary>
    public static implicit operator Payload(int value) => FromScalar(value);

    /// <summary>Decimal digits.</summary>
    public static implicit operator Payload(uint value) => FromScalar(value);

    /// <summary>Decimal digits.</summary>
    public static implicit operator Payload(long value) => FromScalar(value);

    /// <summary>Decimal digits.</summary>
    public static implicit operator Payload(ulong value) => FromScalar(value);

    /// <summary>The shortest digits that give the same number back.</summary>
    public static implicit operator Payload(double value) => FromScalar(value);

    /// <summary>Decimal digits.</summary>
    public static implicit operator Payload(decimal value) => FromScalar(value);

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static implicit operator Payload(bool value) => FromScalar(value);

    /// <summary>36 characters with hyphens.</summary>
    public static implicit operator Payload(Guid value) => FromScalar(value);

    /// <summary>ISO 8601, to 100 nanoseconds.</summary>
    public static implicit operator Payload(DateTimeOffset value) => FromScalar(value);

    /// <summary>The value as JSON, by a source-generated description (<c>MyContext.Default.Order</c>).</summary>
    public static Payload Json<T>(T value, JsonTypeInfo<T> typeInfo) => new(JsonSerializer.SerializeToUtf8Bytes(value, typeInfo), ContentType.Json);

    /// <summary>The octets as they will stand in the body; a copy, except for octets that were given.</summary>
    public ReadOnlyMemory<byte> ToOctets() =>
        _text is not null ? Encoding.UTF8.GetBytes(_text)
        : _inlineLength > 0 ? Inline.ToArray()
        : _octets;

    /// <summary>The text, or the octets read as UTF-8.</summary>
    public override string ToString() => _text ?? Encoding.UTF8.GetString(_inlineLength > 0 ? Inline : _octets.Span);

    internal static Payload FromScalar<T>(T value)
    {
        var inline = default(InlineText);
        var length = ScalarText.Format(value, inline);
        return new Payload(inline, length, ContentType.Text);
    }

    internal static Payload FromJson(ReadOnlyMemory<byte> json) => new(json, ContentType.Json);

    /// <summary>JSON that is copied; a short one costs no array.</summary>
    internal static Payload FromJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > InlineText.Capacity)
            return new Payload(json.ToArray(), ContentType.Json);
        var inline = default(InlineText);
        json.CopyTo(inline);
        return new Payload(inline, json.Length, ContentType.Json);
    }

    /// <summary>True when its size may matter to the broker; of text the characters are counted.</summary>
    internal bool IsLarge => (_text?.Length ?? _octets.Length) >= SizeLimit.Large;

    /// <summary>Publishes itself: the one place where a payload becomes octets.</summary>
    internal void Publish<TProperties>(AmqpChannel channel, in BasicPublish method, in TProperties properties, IPositioned? publisher = null)
        where TProperties : IPropertiesWriter
    {
        if (_inlineLength > 0)
            channel.Publish(method, properties, Inline, publisher);
        else if (_text is null)
            channel.Publish(method, properties, _octets.Span, publisher);
        else
            PublishText(channel, method, properties, _text, publisher);
    }

    [UnscopedRef]
    private ReadOnlySpan<byte> Inline => ((ReadOnlySpan<byte>)_inline)[.._inlineLength];

    private static void PublishText<TProperties>(AmqpChannel channel, in BasicPublish method, in TProperties properties, string text, IPositioned? publisher)
        where TProperties : IPropertiesWriter
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most <= StackOctets)
        {
            Span<byte> few = stackalloc byte[StackOctets];
            channel.Publish(method, properties, few[..Encoding.UTF8.GetBytes(text, few)], publisher);
            return;
        }
        var many = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            channel.Publish(method, properties, many.AsSpan(0, Encoding.UTF8.GetBytes(text, many)), publisher);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(many);
        }
    }
}
