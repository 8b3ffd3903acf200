using Warren.Amqp;

namespace Warren;

/// <summary>A request of ours that the broker has dropped: why, and how often it had been given to a server before.</summary>
/// <param name="Reason"><c>expired</c>, <c>rejected</c>, <c>maxlen</c> or <c>delivery_limit</c> (https://www.rabbitmq.com/docs/dlx#effects).</param>
/// <param name="Queue">The queue that dropped it.</param>
/// <param name="Deliveries">Earlier deliveries that came back; null when the queue does not count them.</param>
internal readonly record struct DeathNotice(string Reason, string Queue, long? Deliveries)
{
    public static bool TryRead(PropertiesView properties, out DeathNotice notice)
    {
        notice = default;
        if (!properties.Has(PropertyFlags.Headers))
            return false;
        var headers = properties.Headers;
        if (!headers.TryGet(RpcHeaders.Deaths, out var deaths) || headers.TryGet(RpcHeaders.Status, out _))
            return false;
        foreach (var death in deaths.EnumerateArray()) // The newest comes first.
        {
            if (!death.TryGetTable(out var table))
                return false;
            var reason = table.TryGet("reason"u8, out var value) && value.TryGetString(out var text) ? text : "";
            var queue = table.TryGet("queue"u8, out value) && value.TryGetString(out text) ? text : "";
            var deliveries = headers.TryGet(RpcHeaders.DeliveryCount, out value) && value.TryGetInteger(out var count) ? count : default(long?);
            notice = new DeathNotice(reason, queue, deliveries);
            return true;
        }
        return false;
    }
}
