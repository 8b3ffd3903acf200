using Warren.Amqp;

namespace Warren;

/// <summary>What kind of body a message has.</summary>
internal enum ContentType : byte
{
    /// <summary>Octets; no content type is sent.</summary>
    None,

    /// <summary>A scalar or a string.</summary>
    Text,

    /// <summary>Everything else.</summary>
    Json,
}

/// <summary>The MIME names.</summary>
internal static class ContentTypes
{
    public static ReadOnlySpan<byte> Name(this ContentType type) => type switch
    {
        ContentType.Text => "text/plain"u8,
        ContentType.Json => "application/json"u8,
        _ => default,
    };

    public static string ToText(this ContentType type) => type switch
    {
        ContentType.Text => "text/plain",
        ContentType.Json => "application/json",
        _ => "",
    };

    public static ShortString? ToProperty(this ContentType type) => type == ContentType.None ? default(ShortString?) : new ShortString(type.Name().ToArray());
}
