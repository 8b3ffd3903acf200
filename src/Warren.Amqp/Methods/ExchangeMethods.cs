namespace Warren.Amqp;

// The exchange class: work with exchanges (AMQP 0-9-1 section 1.6; bind and unbind are RabbitMQ's).

/// <summary><c>exchange.declare</c> (40/10). Creates an exchange, or checks that it exists (passive).</summary>
public readonly record struct ExchangeDeclare(
    ShortString Exchange = default,
    ShortString Type = default,
    bool Passive = false,
    bool Durable = false,
    bool AutoDelete = false,
    bool Internal = false,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<ExchangeDeclare>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeDeclare;

    /// <inheritdoc/>
    public int EncodedLength => 9 + Exchange.Length + Type.Length + Arguments.Length;

    /// <inheritdoc/>
    public static ExchangeDeclare Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var exchange = reader.ReadShortString();
        var type = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(exchange, type, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Exchange);
        writer.WriteShortString(Type);
        writer.WriteOctet((byte)((Passive ? 1 : 0) | (Durable ? 2 : 0) | (AutoDelete ? 4 : 0) | (Internal ? 8 : 0) | (NoWait ? 16 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>exchange.declare-ok</c> (40/11). The exchange exists.</summary>
public readonly record struct ExchangeDeclareOk() : IMethod<ExchangeDeclareOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeDeclareOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ExchangeDeclareOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>exchange.delete</c> (40/20). Deletes an exchange.</summary>
public readonly record struct ExchangeDelete(
    ShortString Exchange = default,
    bool IfUnused = false,
    bool NoWait = false)
    : IMethod<ExchangeDelete>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeDelete;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Exchange.Length;

    /// <inheritdoc/>
    public static ExchangeDelete Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var exchange = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(exchange, (bits & 1) != 0, (bits & 2) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Exchange);
        writer.WriteOctet((byte)((IfUnused ? 1 : 0) | (NoWait ? 2 : 0)));
    }
}

/// <summary><c>exchange.delete-ok</c> (40/21). The exchange is gone.</summary>
public readonly record struct ExchangeDeleteOk() : IMethod<ExchangeDeleteOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeDeleteOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ExchangeDeleteOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>exchange.bind</c> (40/30). Binds an exchange to an exchange.</summary>
public readonly record struct ExchangeBind(
    ShortString Destination = default,
    ShortString Source = default,
    ShortString RoutingKey = default,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<ExchangeBind>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeBind;

    /// <inheritdoc/>
    public int EncodedLength => 10 + Destination.Length + Source.Length + RoutingKey.Length + Arguments.Length;

    /// <inheritdoc/>
    public static ExchangeBind Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var destination = reader.ReadShortString();
        var source = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(destination, source, routingKey, (bits & 1) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Destination);
        writer.WriteShortString(Source);
        writer.WriteShortString(RoutingKey);
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>exchange.bind-ok</c> (40/31). The binding exists.</summary>
public readonly record struct ExchangeBindOk() : IMethod<ExchangeBindOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeBindOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ExchangeBindOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>exchange.unbind</c> (40/40). Removes a binding between exchanges.</summary>
public readonly record struct ExchangeUnbind(
    ShortString Destination = default,
    ShortString Source = default,
    ShortString RoutingKey = default,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<ExchangeUnbind>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeUnbind;

    /// <inheritdoc/>
    public int EncodedLength => 10 + Destination.Length + Source.Length + RoutingKey.Length + Arguments.Length;

    /// <inheritdoc/>
    public static ExchangeUnbind Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var destination = reader.ReadShortString();
        var source = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(destination, source, routingKey, (bits & 1) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Destination);
        writer.WriteShortString(Source);
        writer.WriteShortString(RoutingKey);
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>exchange.unbind-ok</c> (40/51). The binding is gone. Its method id is 51, by an old slip that became the standard.</summary>
public readonly record struct ExchangeUnbindOk() : IMethod<ExchangeUnbindOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ExchangeUnbindOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ExchangeUnbindOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}
