namespace Warren.Amqp;

// The basic class: publish, consume, acknowledge (AMQP 0-9-1 section 1.8; basic.nack is RabbitMQ's).

/// <summary><c>basic.qos</c> (60/10). Sets how much may be delivered before it is acknowledged.</summary>
public readonly record struct BasicQos(uint PrefetchSize = default, ushort PrefetchCount = default, bool Global = false) : IMethod<BasicQos>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicQos;

    /// <inheritdoc/>
    public int EncodedLength => 7;

    /// <inheritdoc/>
    public static BasicQos Read(ref WireReader reader)
    {
        var prefetchSize = reader.ReadLong();
        var prefetchCount = reader.ReadShort();
        var bits = reader.ReadOctet();
        return new(prefetchSize, prefetchCount, (bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLong(PrefetchSize);
        writer.WriteShort(PrefetchCount);
        writer.WriteOctet((byte)((Global ? 1 : 0)));
    }
}

/// <summary><c>basic.qos-ok</c> (60/11). The prefetch is set.</summary>
public readonly record struct BasicQosOk() : IMethod<BasicQosOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicQosOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static BasicQosOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>basic.consume</c> (60/20). Starts a consumer.</summary>
public readonly record struct BasicConsume(
    ShortString Queue = default,
    ShortString ConsumerTag = default,
    bool NoLocal = false,
    bool NoAck = false,
    bool Exclusive = false,
    bool NoWait = false,
    FieldTable Arguments = default)
    : IMethod<BasicConsume>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicConsume;

    /// <inheritdoc/>
    public int EncodedLength => 9 + Queue.Length + ConsumerTag.Length + Arguments.Length;

    /// <inheritdoc/>
    public static BasicConsume Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var queue = reader.ReadShortString();
        var consumerTag = reader.ReadShortString();
        var bits = reader.ReadOctet();
        var arguments = reader.ReadTable();
        return new(queue, consumerTag, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, arguments);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Queue);
        writer.WriteShortString(ConsumerTag);
        writer.WriteOctet((byte)((NoLocal ? 1 : 0) | (NoAck ? 2 : 0) | (Exclusive ? 4 : 0) | (NoWait ? 8 : 0)));
        writer.WriteTable(Arguments);
    }
}

/// <summary><c>basic.consume-ok</c> (60/21). The consumer's tag.</summary>
public readonly record struct BasicConsumeOk(ShortString ConsumerTag = default) : IMethod<BasicConsumeOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicConsumeOk;

    /// <inheritdoc/>
    public int EncodedLength => 1 + ConsumerTag.Length;

    /// <inheritdoc/>
    public static BasicConsumeOk Read(ref WireReader reader)
    {
        var consumerTag = reader.ReadShortString();
        return new(consumerTag);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(ConsumerTag);
    }
}

/// <summary><c>basic.cancel</c> (60/30). Ends a consumer; sent by the server when the queue is gone.</summary>
public readonly record struct BasicCancel(ShortString ConsumerTag = default, bool NoWait = false) : IMethod<BasicCancel>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicCancel;

    /// <inheritdoc/>
    public int EncodedLength => 2 + ConsumerTag.Length;

    /// <inheritdoc/>
    public static BasicCancel Read(ref WireReader reader)
    {
        var consumerTag = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(consumerTag, (bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(ConsumerTag);
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
    }
}

/// <summary><c>basic.cancel-ok</c> (60/31). The consumer has ended.</summary>
public readonly record struct BasicCancelOk(ShortString ConsumerTag = default) : IMethod<BasicCancelOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicCancelOk;

    /// <inheritdoc/>
    public int EncodedLength => 1 + ConsumerTag.Length;

    /// <inheritdoc/>
    public static BasicCancelOk Read(ref WireReader reader)
    {
        var consumerTag = reader.ReadShortString();
        return new(consumerTag);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(ConsumerTag);
    }
}

/// <summary><c>basic.publish</c> (60/40). Publishes a message; content follows.</summary>
public readonly record struct BasicPublish(
    ShortString Exchange = default,
    ShortString RoutingKey = default,
    bool Mandatory = false,
    bool Immediate = false)
    : IMethod<BasicPublish>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicPublish;

    /// <inheritdoc/>
    public int EncodedLength => 5 + Exchange.Length + RoutingKey.Length;

    /// <inheritdoc/>
    public static BasicPublish Read(ref WireReader reader)
    {
        reader.ReadShort(); // Reserved.
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var bits = reader.ReadOctet();
        return new(exchange, routingKey, (bits & 1) != 0, (bits & 2) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
        writer.WriteOctet((byte)((Mandatory ? 1 : 0) | (Immediate ? 2 : 0)));
    }
}

/// <summary><c>basic.return</c> (60/50). A message that could not be routed comes back; content follows.</summary>
public readonly record struct BasicReturn(
    ushort ReplyCode = default,
    ShortString ReplyText = default,
    ShortString Exchange = default,
    ShortString RoutingKey = default)
    : IMethod<BasicReturn>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicReturn;

    /// <inheritdoc/>
    public int EncodedLength => 5 + ReplyText.Length + Exchange.Length + RoutingKey.Length;

    /// <inheritdoc/>
    public static BasicReturn Read(ref WireReader reader)
    {
        var replyCode = reader.ReadShort();
        var replyText = reader.ReadShortString();
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        return new(replyCode, replyText, exchange, routingKey);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort(ReplyCode);
        writer.WriteShortString(ReplyText);
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
    }
}

/// <summary><c>basic.deliver</c> (60/60). A message for a consumer; content follows.</summary>
public readonly record struct BasicDeliver(
    ShortString ConsumerTag = default,
    ulong DeliveryTag = default,
    bool Redelivered = false,
    ShortString Exchange = default,
    ShortString RoutingKey = default)
    : IMethod<BasicDeliver>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicDeliver;

    /// <inheritdoc/>
    public int EncodedLength => 12 + ConsumerTag.Length + Exchange.Length + RoutingKey.Length;

    /// <inheritdoc/>
    public static BasicDeliver Read(ref WireReader reader)
    {
        var consumerTag = reader.ReadShortString();
        var deliveryTag = reader.ReadLongLong();
        var bits = reader.ReadOctet();
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        return new(consumerTag, deliveryTag, (bits & 1) != 0, exchange, routingKey);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShortString(ConsumerTag);
        writer.WriteLongLong(DeliveryTag);
        writer.WriteOctet((byte)((Redelivered ? 1 : 0)));
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
    }
}

/// <summary><c>basic.get</c> (60/70). Asks for one message.</summary>
public readonly record struct BasicGet(ShortString Queue = default, bool NoAck = false) : IMethod<BasicGet>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicGet;

    /// <inheritdoc/>
    public int EncodedLength => 4 + Queue.Length;

    /// <inheritdoc/>
    public static BasicGet Read(ref WireReader reader)
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
        writer.WriteOctet((byte)((NoAck ? 1 : 0)));
    }
}

/// <summary><c>basic.get-ok</c> (60/71). The message asked for, and how many are left; content follows.</summary>
public readonly record struct BasicGetOk(
    ulong DeliveryTag = default,
    bool Redelivered = false,
    ShortString Exchange = default,
    ShortString RoutingKey = default,
    uint MessageCount = default)
    : IMethod<BasicGetOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicGetOk;

    /// <inheritdoc/>
    public int EncodedLength => 15 + Exchange.Length + RoutingKey.Length;

    /// <inheritdoc/>
    public static BasicGetOk Read(ref WireReader reader)
    {
        var deliveryTag = reader.ReadLongLong();
        var bits = reader.ReadOctet();
        var exchange = reader.ReadShortString();
        var routingKey = reader.ReadShortString();
        var messageCount = reader.ReadLong();
        return new(deliveryTag, (bits & 1) != 0, exchange, routingKey, messageCount);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongLong(DeliveryTag);
        writer.WriteOctet((byte)((Redelivered ? 1 : 0)));
        writer.WriteShortString(Exchange);
        writer.WriteShortString(RoutingKey);
        writer.WriteLong(MessageCount);
    }
}

/// <summary><c>basic.get-empty</c> (60/72). The queue has no ready message.</summary>
public readonly record struct BasicGetEmpty() : IMethod<BasicGetEmpty>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicGetEmpty;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static BasicGetEmpty Read(ref WireReader reader)
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

/// <summary><c>basic.ack</c> (60/80). Acknowledges a delivery, or confirms a publish.</summary>
public readonly record struct BasicAck(ulong DeliveryTag = default, bool Multiple = false) : IMethod<BasicAck>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicAck;

    /// <inheritdoc/>
    public int EncodedLength => 9;

    /// <inheritdoc/>
    public static BasicAck Read(ref WireReader reader)
    {
        var deliveryTag = reader.ReadLongLong();
        var bits = reader.ReadOctet();
        return new(deliveryTag, (bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongLong(DeliveryTag);
        writer.WriteOctet((byte)((Multiple ? 1 : 0)));
    }
}

/// <summary><c>basic.reject</c> (60/90). Rejects a delivery.</summary>
public readonly record struct BasicReject(ulong DeliveryTag = default, bool Requeue = false) : IMethod<BasicReject>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicReject;

    /// <inheritdoc/>
    public int EncodedLength => 9;

    /// <inheritdoc/>
    public static BasicReject Read(ref WireReader reader)
    {
        var deliveryTag = reader.ReadLongLong();
        var bits = reader.ReadOctet();
        return new(deliveryTag, (bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongLong(DeliveryTag);
        writer.WriteOctet((byte)((Requeue ? 1 : 0)));
    }
}

/// <summary><c>basic.recover-async</c> (60/100). Asks for redelivery without an answer (deprecated).</summary>
public readonly record struct BasicRecoverAsync(bool Requeue = false) : IMethod<BasicRecoverAsync>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicRecoverAsync;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static BasicRecoverAsync Read(ref WireReader reader)
    {
        var bits = reader.ReadOctet();
        return new((bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet((byte)((Requeue ? 1 : 0)));
    }
}

/// <summary><c>basic.recover</c> (60/110). Asks for the redelivery of everything unacknowledged on the channel.</summary>
public readonly record struct BasicRecover(bool Requeue = false) : IMethod<BasicRecover>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicRecover;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static BasicRecover Read(ref WireReader reader)
    {
        var bits = reader.ReadOctet();
        return new((bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet((byte)((Requeue ? 1 : 0)));
    }
}

/// <summary><c>basic.recover-ok</c> (60/111). The messages are on their way again.</summary>
public readonly record struct BasicRecoverOk() : IMethod<BasicRecoverOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicRecoverOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static BasicRecoverOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>basic.nack</c> (60/120). Rejects deliveries, or tells a publisher that its message was not taken.</summary>
public readonly record struct BasicNack(ulong DeliveryTag = default, bool Multiple = false, bool Requeue = false) : IMethod<BasicNack>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.BasicNack;

    /// <inheritdoc/>
    public int EncodedLength => 9;

    /// <inheritdoc/>
    public static BasicNack Read(ref WireReader reader)
    {
        var deliveryTag = reader.ReadLongLong();
        var bits = reader.ReadOctet();
        return new(deliveryTag, (bits & 1) != 0, (bits & 2) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteLongLong(DeliveryTag);
        writer.WriteOctet((byte)((Multiple ? 1 : 0) | (Requeue ? 2 : 0)));
    }
}
