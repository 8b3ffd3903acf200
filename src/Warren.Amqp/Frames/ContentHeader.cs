namespace Warren.Amqp;

/// <summary>The header frame of content: how long the body is, and the message's properties (AMQP 0-9-1 section 4.2.6.1).</summary>
public readonly record struct ContentHeader(ushort ClassId, ulong BodyLength, PropertiesView Properties)
{
    /// <summary>The class of all content in 0-9-1.</summary>
    public const ushort BasicClass = 60;

    /// <summary>Class, weight and body length, in octets.</summary>
    internal const int ShortestPayload = 12;

    /// <summary>Decodes the payload of a header frame. The properties are checked and stay a view of the payload.</summary>
    /// <exception cref="ProtocolException">501: too short, properties or headers that are not well-formed, octets left over.</exception>
    public static ContentHeader Read(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < ShortestPayload)
            throw FrameFault.Unknown((byte)FrameType.Header, payload.Span);
        var reader = new WireReader(payload);
        var classId = reader.ReadShort();
        if (reader.ReadShort() != 0) // The weight, of which RabbitMQ says no more than this.
            throw new ProtocolException(ReplyCode.UnexpectedFrame, $"expected content header for class {BasicClass}, got non content header frame instead");
        var bodyLength = reader.ReadLongLong();
        return new ContentHeader(classId, bodyLength, PropertiesView.Read(payload[reader.Position..]));
    }
}
