using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Sender-selected distribution (https://www.rabbitmq.com/docs/sender-selected): the headers CC and BCC are arrays of further routing keys.
/// </summary>
internal static class CarbonCopies
{
    /// <summary>More copies than this in one message are refused.</summary>
    private const int MaxCopies = 1024;

    /// <summary>No further keys. Nobody adds to it.</summary>
    public static readonly List<ShortString> None = [];

    public static ReadOnlySpan<byte> Open => "CC"u8;

    public static ReadOnlySpan<byte> Blind => "BCC"u8;

    /// <summary>The further routing keys; views of the message. Without CC and BCC nothing is allocated.</summary>
    public static List<ShortString> Of(PropertiesView properties, FieldTable blindCopies)
    {
        if (!properties.Has(PropertyFlags.Headers))
            return None;
        var hasOpen = properties.Headers.TryGet(Open, out var open);
        var hasBlind = blindCopies.TryGet(Blind, out var blind);
        if (!hasOpen && !hasBlind)
            return None;
        var keys = new List<ShortString>();
        if (hasOpen)
            Collect(keys, "CC", open);
        if (hasBlind)
            Collect(keys, "BCC", blind);
        return keys;
    }

    private static void Collect(List<ShortString> keys, string header, FieldValue value)
    {
        if (value.Type != FieldType.Array)
            throw Invalid($"{{unacceptable_type_in_header,\"{header}\",{FieldText.TypeName(value.Type)}}}");
        foreach (var key in value.EnumerateArray())
        {
            if (key.Type != FieldType.LongString || key.Octets.Length > ShortString.MaxLength)
                throw Invalid($"{{unacceptable_type_in_header,\"{header}\",{FieldText.TypeName(key.Type)}}}");
            if (keys.Count == MaxCopies)
                throw Invalid($"{{too_many_routing_keys_in_header,\"{header}\",{MaxCopies}}}");
            keys.Add(new ShortString(key.Octets));
        }
    }

    private static ChannelException Invalid(string what) => new(ReplyCode.PreconditionFailed, $"invalid message: {what}");
}
