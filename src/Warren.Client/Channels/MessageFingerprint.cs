using Warren.Amqp;

namespace Warren.Client;

/// <summary>Tells published messages apart when one of them comes back: basic.return carries the message and no number.</summary>
internal static class MessageFingerprint
{
    /// <summary>Stands for a message that cannot come back.</summary>
    public const int None = 0;

    /// <summary>Never <see cref="None"/>.</summary>
    public static int Of<TProperties>(in TProperties properties, ReadOnlySpan<byte> body)
        where TProperties : IPropertiesWriter
    {
        var hash = new HashCode();
        var encoded = new byte[properties.EncodedLength];
        var writer = new WireWriter(encoded);
        properties.Write(ref writer);
        hash.AddBytes(encoded);
        hash.AddBytes(body);
        return hash.ToHashCode() | 1;
    }
}
