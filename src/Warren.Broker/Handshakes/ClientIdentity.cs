using Warren.Amqp;

namespace Warren.Broker;

/// <summary>What a client says of itself, cut to what is worth keeping for as long as it is connected.</summary>
internal static class ClientIdentity
{
    private const int MaxOctets = 4096;
    private const int MaxFieldOctets = 1024;

    private static readonly string[] s_kept = ["capabilities", "connection_name", "product", "version", "platform"];

    /// <summary>A copy; of a table over 4 KiB only the fields that mean something, and of those no giants.</summary>
    public static FieldTable Keep(FieldTable properties)
    {
        if (properties.Length <= MaxOctets)
            return properties.ToOwned();
        var kept = new FieldTableBuilder();
        foreach (var name in s_kept)
        {
            if (!properties.TryGet(name, out var value))
                continue;
            if (value.Octets.Length <= MaxFieldOctets)
                kept.Add(new ShortString(name), value);
            else if (value.TryGetString(out var text))
                kept.Add(name, ShortString.Truncate(text));
        }
        return kept.ToTable();
    }

    /// <summary>What the client calls its connection; empty when it does not.</summary>
    public static string NameOf(FieldTable properties) =>
        properties.TryGet("connection_name"u8, out var value) && value.TryGetString(out var name) ? name : "";

    /// <summary>True when the client's capabilities hold this one.</summary>
    public static bool Can(FieldTable properties, ReadOnlySpan<byte> capability) =>
        properties.TryGet("capabilities"u8, out var field)
        && field.TryGetTable(out var capabilities)
        && capabilities.TryGet(capability, out var value)
        && value.TryGetBoolean(out var can)
        && can;
}
