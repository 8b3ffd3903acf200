using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// A delivery as the reader sees it: every string, the properties and the body are views of <see cref="Buffer"/>. Valid during the
/// call it is passed to, and longer only if the receiver holds the buffer (<see cref="ReceiveBuffer.Hold"/>) until it is done.
/// </summary>
internal readonly struct InboundDelivery(AmqpChannel channel, in BasicDeliver method, PropertiesView properties, ReadOnlyMemory<byte> body, ReceiveBuffer? buffer)
{
    public readonly AmqpChannel Channel = channel;
    public readonly ulong DeliveryTag = method.DeliveryTag;
    public readonly bool Redelivered = method.Redelivered;
    public readonly ShortString Exchange = method.Exchange;
    public readonly ShortString RoutingKey = method.RoutingKey;
    public readonly PropertiesView Properties = properties;
    public readonly ReadOnlyMemory<byte> Body = body;

    /// <summary>Whose octets these are: the properties' even when the body came in several frames and is a copy. Null only in tests.</summary>
    public readonly ReceiveBuffer? Buffer = buffer;

    /// <summary>A copy that owns its octets.</summary>
    public Delivery ToOwned()
    {
        var octets = new byte[RoutingKey.Length + Properties.Octets.Length + Body.Length];
        RoutingKey.Span.CopyTo(octets);
        Properties.Octets.Span.CopyTo(octets.AsSpan(RoutingKey.Length));
        Body.Span.CopyTo(octets.AsSpan(RoutingKey.Length + Properties.Octets.Length));
        return new Delivery(
            Channel,
            DeliveryTag,
            Redelivered,
            Channel.NameOf(Exchange),
            new ShortString(octets.AsMemory(0, RoutingKey.Length)),
            PropertiesView.FromCheckedOctets(octets.AsMemory(RoutingKey.Length, Properties.Octets.Length)),
            octets.AsMemory(RoutingKey.Length + Properties.Octets.Length));
    }
}

/// <summary>Where a consumer's deliveries go. Every call is made on the thread that reads the connection: no user code, nothing that waits.</summary>
internal interface IDeliverySink
{
    /// <summary>Takes one delivery; see <see cref="InboundDelivery"/> for how long it is valid.</summary>
    void Deliver(in InboundDelivery delivery);

    /// <summary>The read batch ends: hand over what was taken, in one go.</summary>
    void EndBatch();

    /// <summary>No delivery will follow. <paramref name="reason"/> is null when this side cancelled.</summary>
    void End(Exception? reason);
}
