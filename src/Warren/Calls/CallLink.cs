using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>What a request needs to be sent: the channel it leaves by and the queue its reply comes to. Two channels on purpose.</summary>
internal sealed record CallLink(ReplyQueue Replies, AmqpChannel Requests)
{
    public AmqpConnection Connection => Requests.Connection;
}

/// <summary>
/// The queue a bus gets its replies in, for as long as one connection lives: server-named, exclusive, consumed before the first request leaves.
/// </summary>
internal sealed class ReplyQueue(CallClient client, ShortString name) : IDeliverySink
{
    public ShortString Name => name;

    public void Deliver(in InboundDelivery delivery)
    {
        delivery.Buffer?.Hold();
        client.Enqueue(new CallEvent(delivery.Properties, delivery.Body, delivery.Buffer));
    }

    public void EndBatch() => client.Schedule();

    public void End(Exception? reason) => client.RepliesEnded(this, reason);
}
