using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>The replies of Safe calls on one connection, acknowledged once they are in the table.</summary>
internal sealed class SafeReplies(SafeCalls calls, CallTable table, AmqpChannel channel) : IDeliverySink
{
    private ulong _last; // Owned by the reading thread, as the count is written.
    private long _count;
    private volatile bool _hasEnded;

    /// <summary>The channel that consumes them.</summary>
    public AmqpChannel Channel => channel;

    /// <summary>True once no reply will come by it any more.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>How many have come.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Deliver(in InboundDelivery delivery)
    {
        _last = delivery.DeliveryTag;
        Volatile.Write(ref _count, _count + 1);
        table.Receive(delivery);
    }

    public void EndBatch()
    {
        table.Schedule();
        channel.Ack(_last, multiple: true);
    }

    public void End(Exception? reason)
    {
        _hasEnded = true;
        calls.RepliesEnded(this, reason);
    }
}
