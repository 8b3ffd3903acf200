using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// What of a message a consistent-hash exchange looks at: its routing key, or one header (argument <c>hash-header</c>), or one property (argument
/// <c>hash-property</c>: correlation_id, message_id or timestamp).
/// </summary>
internal sealed class HashedPart(FieldTable arguments)
{
    private const ulong Prime = 0x0000_0100_0000_01B3;
    private const ulong Start = 0xCBF2_9CE4_8422_2325;

    private readonly ShortString? _header = arguments.TryGet(HeaderArgument, out var header) ? NameIn(header) : default(ShortString?);
    private readonly ShortString? _property = arguments.TryGet(PropertyArgument, out var property) ? NameIn(property) : default(ShortString?);

    private static ReadOnlySpan<byte> HeaderArgument => "hash-header"u8;

    private static ReadOnlySpan<byte> PropertyArgument => "hash-property"u8;

    /// <exception cref="ChannelException">406: both, or a property that cannot be hashed.</exception>
    public static void Check(FieldTable arguments, string described)
    {
        if (!arguments.TryGet(PropertyArgument, out var property))
            return;
        if (arguments.TryGet(HeaderArgument, out _))
            throw new ChannelException(ReplyCode.PreconditionFailed, "hash-header and hash-property are mutually exclusive");
        var name = property.Octets.Span;
        if (!name.SequenceEqual("correlation_id"u8) && !name.SequenceEqual("message_id"u8) && !name.SequenceEqual("timestamp"u8))
            throw new ChannelException(ReplyCode.PreconditionFailed, $"Unsupported property: {FieldText.Value(property)}");
    }

    /// <summary>Always the same for the same octets, in this broker and in every other: where messages go must not change with a restart.</summary>
    public ulong Hash(ReadOnlySpan<byte> routingKey, PropertiesView properties)
    {
        if (_header is { } header)
            return properties.Headers.TryGet(header.Span, out var value) ? Hash(value.Octets.Span) : Hash([]);
        if (_property is not { } property)
            return Hash(routingKey);
        if (property.Span.SequenceEqual("correlation_id"u8))
            return Hash(properties.CorrelationId.Span);
        if (property.Span.SequenceEqual("message_id"u8))
            return Hash(properties.MessageId.Span);
        return Mix(properties.TimestampSeconds);
    }

    // A name longer than any header's finds none.
    private static ShortString NameIn(FieldValue value) => new(value.Octets[..Math.Min(value.Octets.Length, ShortString.MaxLength)]);

    private static ulong Hash(ReadOnlySpan<byte> octets) // FNV-1a, whose lower bits alone would not do.
    {
        var hash = Start;
        foreach (var octet in octets)
            hash = (hash ^ octet) * Prime;
        return Mix(hash);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        value = (value ^ (value >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return value ^ (value >> 33);
    }
}
