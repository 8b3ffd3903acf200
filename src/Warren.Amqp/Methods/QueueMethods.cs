namespace Warren.Amqp;

// The queue class: work with queues (AMQP 0-9-1 section 1.7).

/// <summary><c>queue.declare</c> (50/10). Creates a queue, or checks that it exists (passive). An empty name asks the server for one.</summary>
public readonly record struct QueueDeclare(
    ShortString Queue = default,
    bool Passive = false,
    bool Durable = false,
    bool Exclusive = false,
    bool AutoDelete = false,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<QueueDeclare>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueDeclare;

    /// <inheritdoc/>
    public int EncodedLength => 8 + Queue.Length + Arguments.Length;

    /// <inheritdoc/>
    public static QueueDeclare Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(queue, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteOctet((byte)((Passive ? 1 : 0) | (Durable ? 2 : 0) | (Exclusive ? 4 : 0) | (AutoDelete ? 8 : 0) | (NoWait ? 16 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>queue.declare-ok</c> (50/11). The queue's name, its ready messages and its consumers.</summary>
public readonly record struct QueueDeclareOk(
    ShortString Queue = default,
    uint MessageCount = default,
    uint ConsumerCount = default)
    : IMethod<QueueDeclareOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueDeclareOk;

    /// <inheritdoc/>
    public int EncodedLength => 9 + Queue.Length;

    /// <inheritdoc/>
    public static QueueDeclareOk Read(ref WireReader reader)
    {
        var queue = reader.ReadShortString();
        var messageCount = reader.ReadLong();
        var consumerCount = reader.ReadLong();
        return new(queue, messageCount, consumerCount);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(Queue);
        writer.WriteLong(MessageCount);
        writer.WriteLong(ConsumerCount);
    }
}

/// <summary><c>queue.bind</c> (50/20). Binds a queue to an exchange.</summary>
public readonly record struct QueueBind(
    ShortString Queue = default,
    ShortString Exchange = default,
    ShortString RoutingKey = default,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<QueueBind>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueBind;

    /// <inheritdoc/>
    public int EncodedLength => 10 + Queue.Length + Exchange.Length + RoutingKey.Length + Arguments.Length;

    /// <inheritdoc/>
    public static QueueBind Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(queue, exchange, routingKey, (bits & 1) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>queue.bind-ok</c> (50/21). The binding exists.</summary>
public readonly record struct QueueBindOk() : IMethod<QueueBindOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueBindOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static QueueBindOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>queue.purge</c> (50/30). Drops every ready message of a queue.</summary>
public readonly record struct QueuePurge(ShortString Queue = default, bool NoWait = false) : IMethod<QueuePurge>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueuePurge;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Queue.Length;

    /// <inheritdoc/>
    public static QueuePurge Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(queue, (bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
    }
}

/// <summary><c>queue.purge-ok</c> (50/31). How many messages were dropped.</summary>
public readonly record struct QueuePurgeOk(uint MessageCount = default) : IMethod<QueuePurgeOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueuePurgeOk;

    /// <inheritdoc/>
    public int EncodedLength => 4;

    /// <inheritdoc/>
    public static QueuePurgeOk Read(ref WireReader reader)
    {
        var messageCount = reader.ReadLong();
        return new(messageCount);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLong(MessageCount);
    }
}

/// <summary><c>queue.delete</c> (50/40). Deletes a queue.</summary>
public readonly record struct QueueDelete(
    ShortString Queue = default,
    bool IfUnused = false,
    bool IfEmpty = false,
    bool NoWait = false)
    : IMethod<QueueDelete>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueDelete;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Queue.Length;

    /// <inheritdoc/>
    public static QueueDelete Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(queue, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteOctet((byte)((IfUnused ? 1 : 0) | (IfEmpty ? 2 : 0) | (NoWait ? 4 : 0)));
    }
}

/// <summary><c>queue.delete-ok</c> (50/41). How many ready messages went with it.</summary>
public readonly record struct QueueDeleteOk(uint MessageCount = default) : IMethod<QueueDeleteOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueDeleteOk;

    /// <inheritdoc/>
    public int EncodedLength => 4;

    /// <inheritdoc/>
    public static QueueDeleteOk Read(ref WireReader reader)
    {
        var messageCount = reader.ReadLong();
        return new(messageCount);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLong(MessageCount);
    }
}

/// <summary><c>queue.unbind</c> (50/50). Removes a binding.</summary>
public readonly record struct QueueUnbind(
    ShortString Queue = default,
    ShortString Exchange = default,
    ShortString RoutingKey = default,
    FieldTable Arguments = default)
    : IMethod<QueueUnbind>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueUnbind;

    /// <inheritdoc/>
    public int EncodedLength => 9 + Queue.Length + Exchange.Length + RoutingKey.Length + Arguments.Length;

    /// <inheritdoc/>
    public static QueueUnbind Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var arguments = reader.ReadTable();
        return new(queue, exchange, routingKey, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>queue.unbind-ok</c> (50/51). The binding is gone.</summary>
public readonly record struct QueueUnbindOk() : IMethod<QueueUnbindOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.QueueUnbindOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static QueueUnbindOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}
