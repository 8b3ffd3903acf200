using Warren.Amqp;

namespace Warren;

/// <summary>A successful reply's properties: the content type and the request's correlation id, octet by octet.</summary>
internal readonly struct ReplyProperties(ContentType? contentType, ShortString correlationId, bool isPersistent = false) : IPropertiesWriter
{
    private const byte Persistent = 2;

    public int EncodedLength =>
        2 + (contentType is null ? 0 : 1 + contentType.Octets.Length) + (isPersistent ? 1 : 0) + (correlationId.IsEmpty ? 0 : 1 + correlationId.Length);

    public void Write(ref WireWriter writer)
    {
        var flags = (contentType is null ? PropertyFlags.None : PropertyFlags.ContentType)
            | (isPersistent ? PropertyFlags.DeliveryMode : PropertyFlags.None)
            | (correlationId.IsEmpty ? PropertyFlags.None : PropertyFlags.CorrelationId);
        writer.WriteShort((ushort)flags);
        if (contentType is not null)
            writer.WriteShortString(contentType.Octets);
        if (isPersistent)
            writer.WriteOctet(Persistent);
        if (!correlationId.IsEmpty)
            writer.WriteShortString(correlationId);
    }
}
