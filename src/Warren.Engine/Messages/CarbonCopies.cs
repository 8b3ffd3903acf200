using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Sender-selected distribution (https://www.rabbitmq.com/docs/sender-selected): the headers CC and BCC are arrays of further routing keys.
/// </summary>
internal static class CarbonCopies
{
    /// <summary>More copies than this in one message are refused.</summary>
    private const int MaxCopies = 1024;

    public static ReadOnlySpan<byte> Open => "CC"u8;

    public static ReadOnlySpan<byte> Blind => "BCC"u8;

    /// <summary>Whether a message's headers have one, and the other.</summary>
    public static (bool Open, bool Blind) In(FieldTable headers)
    {
        var found = (Open: false, Blind: false);
        foreach (var field in new FieldOctets(headers.Octets.Span))
        {
            found.Open |= field[0] == Open.Length && field.Slice(1, Open.Length).SequenceEqual(Open);
            found.Blind |= IsBlind(field);
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
        if (message.BlindCopies.TryGet(Blind, out var blind))
            Collect(keys, "BCC", blind);
    }

    /// <summary>The same without the hidden ones.</summary>
    public static void CollectOpen(List<ShortString> keys, Message message)
    {
        keys.Clear();
        if (message.MayHaveOpenCopies && message.Properties.Headers.TryGet(Open, out var open))
            Collect(keys, "CC", open);
    }

    /// <summary>The headers without CC.</summary>
    public static FieldTable CutOpen(FieldTable headers) =>
        headers.TryFind(Open, out _) ? ReplacedFields.In(headers, static name => name.Span.SequenceEqual(Open)) : headers;

    private static void Collect(List<ShortString> keys, string header, FieldValue value)
    {
        if (value.Type != FieldType.Array)
            throw Invalid($"{{unacceptable_type_in_header,\"{header}\",{FieldText.TypeName(value.Type)}}}");
        foreach (var key in value.EnumerateArray())
        {
            if (key.Type != FieldType.LongString)
                continue; // RabbitMQ passes over it.
            if (key.Octets.Length > ShortString.MaxLength)
                throw Invalid($"{{unacceptable_type_in_header,\"{header}\",{FieldText.TypeName(key.Type)}}}");
            if (keys.Count == MaxCopies)
                throw Invalid($"{{too_many_routing_keys_in_header,\"{header}\",{MaxCopies}}}");
            keys.Add(new ShortString(key.Octets));
        }
    }

    private static ChannelException Invalid(string what) => new(ReplyCode.PreconditionFailed, $"invalid message: {what}");
}
