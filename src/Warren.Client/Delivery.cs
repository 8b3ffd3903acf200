using Warren.Amqp;

namespace Warren.Client;

/// <summary>A message handed to a consumer or got from a queue. It owns its octets: keep it as long as you like.</summary>
public sealed class Delivery
{
    private readonly AmqpChannel _channel;

    internal Delivery(AmqpChannel channel, ulong deliveryTag, bool redelivered, string exchange, ShortString routingKey, PropertiesView properties, ReadOnlyMemory<byte> body)
    {
        _channel = channel;
        DeliveryTag = deliveryTag;
        Redelivered = redelivered;
        Exchange = exchange;
        RoutingKey = routingKey;
        Properties = properties;
        Body = body;
    }

    /// <summary>The channel's number for this delivery, from 1.</summary>
    public ulong DeliveryTag { get; }

    /// <summary>True when the message may have been delivered before.</summary>
    public bool Redelivered { get; }

    /// <summary>The exchange it was published to; empty for the default exchange.</summary>
    public string Exchange { get; }

    /// <summary>The routing key it was published with.</summary>
    public ShortString RoutingKey { get; }

    /// <summary>The properties, decoded when asked.</summary>
    public PropertiesView Properties { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Ready messages left in the queue; only for basic.get.</summary>
    public uint MessageCount { get; internal init; }

    /// <summary>Acknowledges this delivery (and with <paramref name="multiple"/> every earlier one of the channel).</summary>
    public void Ack(bool multiple = false) => _channel.Ack(DeliveryTag, multiple);

    /// <summary>Gives the delivery back, to be delivered again or (without <paramref name="requeue"/>) dropped or dead-lettered.</summary>
    public void Nack(bool requeue, bool multiple = false) => _channel.Nack(DeliveryTag, requeue, multiple);
}
