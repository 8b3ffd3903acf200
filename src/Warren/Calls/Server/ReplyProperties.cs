using Warren.Amqp;

namespace Warren;

/// <summary>A successful reply's properties: the content type and the request's correlation id, octet by octet.</summary>
internal readonly struct ReplyProperties(ContentType contentType, ShortString correlationId) : IPropertiesWriter
{
    public int EncodedLength =>
        2 + (contentType == ContentType.None ? 0 : 1 + contentType.Name().Length) + (correlationId.IsEmpty ? 0 : 1 + correlationId.Length);

    public void Write(ref WireWriter writer)
    {
        var flags = (contentType == ContentType.None ? PropertyFlags.None : PropertyFlags.ContentType)
            | (correlationId.IsEmpty ? PropertyFlags.None : PropertyFlags.CorrelationId);
        writer.WriteShort((ushort)flags);
        if (contentType != ContentType.None)
            writer.WriteShortString(contentType.Name());
        if (!correlationId.IsEmpty)
            writer.WriteShortString(correlationId);
    }
}
