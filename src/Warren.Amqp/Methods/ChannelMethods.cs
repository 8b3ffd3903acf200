namespace Warren.Amqp;

// The channel class: work with channels (AMQP 0-9-1 section 1.5).

/// <summary><c>channel.open</c> (20/10). Opens a channel.</summary>
public readonly record struct ChannelOpen() : IMethod<ChannelOpen>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelOpen;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static ChannelOpen Read(ref WireReader reader)
    {
        reader.ReadShortString(); // Reserved.
        return default;
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet(0);
    }
}

/// <summary><c>channel.open-ok</c> (20/11). The channel is ready.</summary>
public readonly record struct ChannelOpenOk() : IMethod<ChannelOpenOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelOpenOk;

    /// <inheritdoc/>
    public int EncodedLength => 4;

    /// <inheritdoc/>
    public static ChannelOpenOk Read(ref WireReader reader)
    {
        reader.ReadLongString(); // Reserved.
        return default;
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLong(0);
    }
}

/// <summary><c>channel.flow</c> (20/20). Asks the peer to pause or restart the flow of content.</summary>
public readonly record struct ChannelFlow(bool Active = false) : IMethod<ChannelFlow>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelFlow;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static ChannelFlow Read(ref WireReader reader)
    {
        var bits = reader.ReadOctet();
        return new((bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet((byte)((Active ? 1 : 0)));
    }
}

/// <summary><c>channel.flow-ok</c> (20/21). Confirms a flow method.</summary>
public readonly record struct ChannelFlowOk(bool Active = false) : IMethod<ChannelFlowOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelFlowOk;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static ChannelFlowOk Read(ref WireReader reader)
    {
        var bits = reader.ReadOctet();
        return new((bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet((byte)((Active ? 1 : 0)));
    }
}

/// <summary><c>channel.close</c> (20/40). Either side closes the channel, with the method at fault if there is one.</summary>
public readonly record struct ChannelClose(
    ushort ReplyCode = default,
    ShortString ReplyText = default,
    ushort FaultClassId = default,
    ushort FaultMethodId = default)
    : IMethod<ChannelClose>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelClose;

    /// <inheritdoc/>
    public int EncodedLength => 7 + ReplyText.Length;

    /// <inheritdoc/>
    public static ChannelClose Read(ref WireReader reader)
    {
        var replyCode = reader.ReadShort();
        var replyText = reader.ReadShortString();
        var faultClassId = reader.ReadShort();
        var faultMethodId = reader.ReadShort();
        return new(replyCode, replyText, faultClassId, faultMethodId);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(ReplyCode);
        writer.WriteShortString(ReplyText);
        writer.WriteShort(FaultClassId);
        writer.WriteShort(FaultMethodId);
    }
}

/// <summary><c>channel.close-ok</c> (20/41). The other side agrees; the number may be used again.</summary>
public readonly record struct ChannelCloseOk() : IMethod<ChannelCloseOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ChannelCloseOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ChannelCloseOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}
