namespace Warren.Engine;

/// <summary>
/// A delivery that a client has kept too long (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout). Until 4.2 a channel looks at its oldest
/// delivery alone, from whatever queue; from 4.3 on at all that come from quorum queues.
/// </summary>
/// <param name="Consumer">Who has it; null for basic.get.</param>
/// <param name="TimeoutMs">The time that is over.</param>
internal readonly record struct LateDelivery(Consumer? Consumer, long TimeoutMs)
{
    /// <summary>The first that is late, or null.</summary>
    public static LateDelivery? FindIn(Channel channel)
    {
        var deliveries = channel.Unacknowledged;
        if (!deliveries.TryPeekOldest(out var oldestTicks))
            return null;
        var host = channel.Host;
        if (host.Options.Profile.HasDeliveryTimeoutOnClassicQueue)
            return IfLate(host, deliveries.At(0));
        var ownTicks = host.Options.DeliveryAcknowledgementTimeout.Ticks;
        var shortestTicks = Math.Min(ownTicks == 0 ? long.MaxValue : ownTicks, host.ShortestConsumerTimeoutTicks);
        if (host.NowTicks - oldestTicks < shortestTicks)
            return null; // Even the oldest one is younger than the shortest time that anybody has.
        for (var slot = 0; slot < deliveries.Slots; slot++)
        {
            ref var delivery = ref deliveries.At(slot);
            if (delivery.Message is not null && delivery.Queue.IsQuorum && IfLate(host, delivery) is { } late)
                return late;
        }
        return null;
    }

    private static LateDelivery? IfLate(VirtualHost host, in Delivery delivery)
    {
        var timeout = delivery.Consumer?.Timeout ?? delivery.Queue.ConsumerTimeout;
        var ownTimeout = host.Options.DeliveryAcknowledgementTimeout;
        if (timeout is null && ownTimeout == TimeSpan.Zero)
            return null;
        var isLate = host.NowTicks - delivery.DeliveredAtTicks >= (timeout?.Ticks ?? ownTimeout.Ticks);
        return isLate ? new LateDelivery(delivery.Consumer, timeout?.Ms ?? (long)ownTimeout.TotalMilliseconds) : null;
    }
}
