namespace Warren.Amqp;

// The connection class: work with socket connections (AMQP 0-9-1 section 1.4; connection.blocked, unblocked and update-secret are RabbitMQ's).

/// <summary><c>connection.start</c> (10/10). The server offers protocol version, mechanisms and locales.</summary>
public readonly record struct ConnectionStart(
    byte VersionMajor = default,
    byte VersionMinor = default,
    FieldTable ServerProperties = default,
    LongString Mechanisms = default,
    LongString Locales = default)
    : IMethod<ConnectionStart>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionStart;

    /// <inheritdoc/>
    public int EncodedLength => 14 + ServerProperties.Length + Mechanisms.Length + Locales.Length;

    /// <inheritdoc/>
    public static ConnectionStart Read(ref WireReader reader)
    {
        var versionMajor = reader.ReadOctet();
        var versionMinor = reader.ReadOctet();
        var serverProperties = reader.ReadTable();
        var mechanisms = reader.ReadLongString();
        var locales = reader.ReadLongString();
        return new(versionMajor, versionMinor, serverProperties, mechanisms, locales);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet(VersionMajor);
        writer.WriteOctet(VersionMinor);
        writer.WriteTable(ServerProperties);
        writer.WriteLongString(Mechanisms);
        writer.WriteLongString(Locales);
    }
}

/// <summary><c>connection.start-ok</c> (10/11). The client picks a mechanism and a locale and answers the first challenge.</summary>
public readonly record struct ConnectionStartOk(
    FieldTable ClientProperties = default,
    ShortString Mechanism = default,
    LongString Response = default,
    ShortString Locale = default)
    : IMethod<ConnectionStartOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionStartOk;

    /// <inheritdoc/>
    public int EncodedLength => 10 + ClientProperties.Length + Mechanism.Length + Response.Length + Locale.Length;

    /// <inheritdoc/>
    public static ConnectionStartOk Read(ref WireReader reader)
    {
        var clientProperties = reader.ReadTable();
        var mechanism = reader.ReadShortString();
        var response = reader.ReadLongString();
        var locale = reader.ReadShortString();
        return new(clientProperties, mechanism, response, locale);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteTable(ClientProperties);
        writer.WriteShortString(Mechanism);
        writer.WriteLongString(Response);
        writer.WriteShortString(Locale);
    }
}

/// <summary><c>connection.secure</c> (10/20). A further security challenge.</summary>
public readonly record struct ConnectionSecure(LongString Challenge = default) : IMethod<ConnectionSecure>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionSecure;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Challenge.Length;

    /// <inheritdoc/>
    public static ConnectionSecure Read(ref WireReader reader)
    {
        var challenge = reader.ReadLongString();
        return new(challenge);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongString(Challenge);
    }
}

/// <summary><c>connection.secure-ok</c> (10/21). The answer to a security challenge.</summary>
public readonly record struct ConnectionSecureOk(LongString Response = default) : IMethod<ConnectionSecureOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionSecureOk;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Response.Length;

    /// <inheritdoc/>
    public static ConnectionSecureOk Read(ref WireReader reader)
    {
        var response = reader.ReadLongString();
        return new(response);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongString(Response);
    }
}

/// <summary><c>connection.tune</c> (10/30). The server proposes limits: channels, frame size in octets, heartbeat in seconds; 0 means no limit.</summary>
public readonly record struct ConnectionTune(
    ushort ChannelMax = default,
    uint FrameMax = default,
    ushort Heartbeat = default)
    : IMethod<ConnectionTune>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionTune;

    /// <inheritdoc/>
    public int EncodedLength => 8;

    /// <inheritdoc/>
    public static ConnectionTune Read(ref WireReader reader)
    {
        var channelMax = reader.ReadShort();
        var frameMax = reader.ReadLong();
        var heartbeat = reader.ReadShort();
        return new(channelMax, frameMax, heartbeat);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(ChannelMax);
        writer.WriteLong(FrameMax);
        writer.WriteShort(Heartbeat);
    }
}

/// <summary><c>connection.tune-ok</c> (10/31). The client settles the limits.</summary>
public readonly record struct ConnectionTuneOk(
    ushort ChannelMax = default,
    uint FrameMax = default,
    ushort Heartbeat = default)
    : IMethod<ConnectionTuneOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionTuneOk;

    /// <inheritdoc/>
    public int EncodedLength => 8;

    /// <inheritdoc/>
    public static ConnectionTuneOk Read(ref WireReader reader)
    {
        var channelMax = reader.ReadShort();
        var frameMax = reader.ReadLong();
        var heartbeat = reader.ReadShort();
        return new(channelMax, frameMax, heartbeat);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(ChannelMax);
        writer.WriteLong(FrameMax);
        writer.WriteShort(Heartbeat);
    }
}

/// <summary><c>connection.open</c> (10/40). Opens a virtual host.</summary>
public readonly record struct ConnectionOpen(ShortString VirtualHost = default) : IMethod<ConnectionOpen>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionOpen;

    /// <inheritdoc/>
    public int EncodedLength => 3 + VirtualHost.Length;

    /// <inheritdoc/>
    public static ConnectionOpen Read(ref WireReader reader)
    {
        var virtualHost = reader.ReadShortString();
        reader.ReadShortString(); // Reserved.
        reader.ReadOctet();
        return new(virtualHost);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(VirtualHost);
        writer.WriteOctet(0);
        writer.WriteOctet(0);
    }
}

/// <summary><c>connection.open-ok</c> (10/41). The connection is ready.</summary>
public readonly record struct ConnectionOpenOk() : IMethod<ConnectionOpenOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionOpenOk;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static ConnectionOpenOk Read(ref WireReader reader)
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

/// <summary><c>connection.close</c> (10/50). Either side closes the connection, with the method at fault if there is one.</summary>
public readonly record struct ConnectionClose(
    ushort ReplyCode = default,
    ShortString ReplyText = default,
    ushort FaultClassId = default,
    ushort FaultMethodId = default)
    : IMethod<ConnectionClose>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionClose;

    /// <inheritdoc/>
    public int EncodedLength => 7 + ReplyText.Length;

    /// <inheritdoc/>
    public static ConnectionClose Read(ref WireReader reader)
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

/// <summary><c>connection.close-ok</c> (10/51). The other side agrees; the socket may be closed.</summary>
public readonly record struct ConnectionCloseOk() : IMethod<ConnectionCloseOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionCloseOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ConnectionCloseOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>connection.blocked</c> (10/60). The broker stops reading from this connection because of a resource alarm.</summary>
public readonly record struct ConnectionBlocked(ShortString Reason = default) : IMethod<ConnectionBlocked>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionBlocked;

    /// <inheritdoc/>
    public int EncodedLength => 1 + Reason.Length;

    /// <inheritdoc/>
    public static ConnectionBlocked Read(ref WireReader reader)
    {
        var reason = reader.ReadShortString();
        return new(reason);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(Reason);
    }
}

/// <summary><c>connection.unblocked</c> (10/61). The broker reads again.</summary>
public readonly record struct ConnectionUnblocked() : IMethod<ConnectionUnblocked>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionUnblocked;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ConnectionUnblocked Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>connection.update-secret</c> (10/70). New credentials for a long-lived connection, before the old ones expire.</summary>
public readonly record struct ConnectionUpdateSecret(
    LongString NewSecret = default,
    ShortString Reason = default)
    : IMethod<ConnectionUpdateSecret>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionUpdateSecret;

    /// <inheritdoc/>
    public int EncodedLength => 5 + NewSecret.Length + Reason.Length;

    /// <inheritdoc/>
    public static ConnectionUpdateSecret Read(ref WireReader reader)
    {
        var newSecret = reader.ReadLongString();
        var reason = reader.ReadShortString();
        return new(newSecret, reason);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongString(NewSecret);
        writer.WriteShortString(Reason);
    }
}

/// <summary><c>connection.update-secret-ok</c> (10/71). The new credentials were accepted.</summary>
public readonly record struct ConnectionUpdateSecretOk() : IMethod<ConnectionUpdateSecretOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConnectionUpdateSecretOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ConnectionUpdateSecretOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}
