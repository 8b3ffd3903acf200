using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Sender-selected distribution (https://www.rabbitmq.com/docs/sender-selected): the headers CC and BCC are arrays of further routing keys.
/// </summary>
internal static class CarbonCopies
{
    /// <summary>More copies than this in one message are refused.</summary>
    private const int MaxCopies = 1024;

    private const int BeforeText = 1 + 4; // The type of an array or a long string, and its length.

    public static ReadOnlySpan<byte> Open => "CC"u8;

    public static ReadOnlySpan<byte> Blind => "BCC"u8;

    /// <summary>Whether a message's headers have the one, and where the other starts in their octets; -1 when they do not have it.</summary>
    public static (bool Open, int BlindStart) In(FieldTable headers)
    {
        var found = (Open: false, BlindStart: -1);
        var start = 0;
        foreach (var field in new FieldOctets(headers.Octets.Span))
        {
            found.Open |= field[0] == Open.Length && field.Slice(1, Open.Length).SequenceEqual(Open);
            if (found.BlindStart < 0 && IsBlind(field))
                found.BlindStart = start;
            start += field.Length;
        }
        return found;
    }

    /// <summary>True for an encoded field of this name.</summary>
    public static bool IsBlind(ReadOnlySpan<byte> field) => field[0] == Blind.Length && field.Slice(1, Blind.Length).SequenceEqual(Blind);

    /// <summary>Puts the further routing keys in the place of what the list held; they are views of the message.</summary>
    /// <exception cref="ChannelException">406: a header is not an array, a key in it is too long, or there are too many.</exception>
    public static void Collect(List<ShortString> keys, Message message)
    {
        CollectOpen(keys, message);
        if (message.BlindCopies.Octets is { IsEmpty: false } field)
            Collect(keys, "BCC", field);
    }

    /// <summary>The same without the hidden ones.</summary>
    public static void CollectOpen(List<ShortString> keys, Message message)
    {
        keys.Clear();
        if (message.MayHaveOpenCopies && message.Properties.Headers.TryFind(Open, out var range))
            Collect(keys, "CC", message.Properties.Headers.Octets[range]);
    }

    /// <summary>The headers without CC.</summary>
    public static FieldTable CutOpen(FieldTable headers) =>
        headers.TryFind(Open, out _) ? ReplacedFields.In(headers, static name => name.Span.SequenceEqual(Open)) : headers;

    // The whole field, checked before: name, type, value.
    private static void Collect(List<ShortString> keys, string header, ReadOnlyMemory<byte> field)
    {
        var value = field[(1 + header.Length)..];
        var type = (FieldType)value.Span[0];
        if (type != FieldType.Array)
            throw Unacceptable(header, type);
        var array = value[BeforeText..];
        var octets = array.Span;
        foreach (var range in new FieldArrayOctets(octets))
        {
            var key = array[range];
            type = (FieldType)octets[range.Start];
            if (type != FieldType.LongString)
                continue; // RabbitMQ passes over it.
            if (key.Length - BeforeText > ShortString.MaxLength)
                throw Unacceptable(header, type);
            if (keys.Count == MaxCopies)
                throw Invalid($"{{too_many_routing_keys_in_header,\"{header}\",{MaxCopies}}}");
            keys.Add(new ShortString(key[BeforeText..]));
        }
    }

    private static ChannelException Unacceptable(string header, FieldType type) => Invalid($"{{unacceptable_type_in_header,\"{header}\",{FieldText.TypeName(type)}}}");

    private static ChannelException Invalid(string what) => new(ReplyCode.PreconditionFailed, $"invalid message: {what}");
}
