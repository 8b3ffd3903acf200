using Warren.Amqp;

namespace Warren;

/// <summary>A body as it came, with what its sender says that it is.</summary>
/// <param name="Octets">The body; a view.</param>
/// <param name="ContentType">The property content_type; empty when there is none.</param>
public readonly record struct ReceivedBody(ReadOnlyMemory<byte> Octets, ShortString ContentType = default)
{
    internal ReadOnlySpan<byte> Span => Octets.Span;

    /// <summary>Octets without a content type.</summary>
    public static implicit operator ReceivedBody(byte[] octets) => new(octets);

    /// <summary>Octets without a content type.</summary>
    public static implicit operator ReceivedBody(ReadOnlyMemory<byte> octets) => new(octets);
}
