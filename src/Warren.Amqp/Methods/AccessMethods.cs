namespace Warren.Amqp;

// The access class of AMQP 0-8, kept because old clients still send it.

/// <summary><c>access.request</c> (30/10). Asks for an access ticket.</summary>
public readonly record struct AccessRequest(
    ShortString Realm = default,
    bool Exclusive = false,
    bool Passive = false,
    bool Active = false,
    bool CanWrite = false,
    bool CanRead = false)
    : IMethod<AccessRequest>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.AccessRequest;

    /// <inheritdoc/>
    public int EncodedLength => 2 + Realm.Length;

    /// <inheritdoc/>
    public static AccessRequest Read(ref WireReader reader)
    {
        var realm = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(realm, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(Realm);
        writer.WriteOctet((byte)((Exclusive ? 1 : 0) | (Passive ? 2 : 0) | (Active ? 4 : 0) | (CanWrite ? 8 : 0) | (CanRead ? 16 : 0)));
    }
}

/// <summary><c>access.request-ok</c> (30/11). A ticket, without meaning.</summary>
public readonly record struct AccessRequestOk(ushort Ticket = default) : IMethod<AccessRequestOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.AccessRequestOk;

    /// <inheritdoc/>
    public int EncodedLength => 2;

    /// <inheritdoc/>
    public static AccessRequestOk Read(ref WireReader reader)
    {
        var ticket = reader.ReadShort();
        return new(ticket);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(Ticket);
    }
}
