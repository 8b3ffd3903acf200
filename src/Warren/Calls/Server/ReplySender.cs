using System.Text;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Answers requests, and settles them after their reply: on one channel the broker sees them in this order. A Safe request's reply is persistent, and
/// the request is settled only when the broker has confirmed it.
/// </summary>
internal sealed class ReplySender(string queue, Counters counters, ILogger log)
{
    private const byte Persistent = 2;

    private ServerLink? _unflushed; // The link with acknowledgements to send; after a reconnect the old one has nothing to say any more.

    /// <summary>Sends the acknowledgements of what was answered.</summary>
    public void Flush() => Volatile.Read(ref _unflushed)?.Acks.Flush();

    public void Answer(in ServerItem item, in Payload reply)
    {
        counters.Served();
        var properties = item.Properties;
        if (properties.ReplyTo is { IsEmpty: false } replyTo)
            Reply(item, replyTo, reply, new ReplyProperties(reply.ContentType, properties.CorrelationId));
        Settle(item);
    }

    public void Answer(in ServerItem item, in Fault fault)
    {
        counters.Faulted();
        var properties = item.Properties;
        if (properties.ReplyTo is { IsEmpty: false } replyTo)
            Reply(item, replyTo, new Payload((ReadOnlyMemory<byte>)fault.ToBody()), fault.ToProperties(properties.CorrelationId));
        else
            Log.OneWayFailed(log, queue, fault.Status, fault.Detail);
        Settle(item);
    }

    /// <summary>Sends one of several replies; the request stays open. False when it cannot be sent.</summary>
    public bool SendPart(in ServerItem item, in Payload part, BasicProperties properties) => Reply(item, item.Properties.ReplyTo, part, properties);

    /// <summary>Answers a Safe request and settles it once the broker has the reply. False when it does not: then the broker delivers the request again.</summary>
    public async ValueTask<bool> AnswerSafelyAsync(ServerItem item, StoredReply reply)
    {
        if (!item.HasReplyAddress)
        {
            Settle(item);
            return true;
        }
        try
        {
            var replies = await item.Link.GetConfirmedAsync().ConfigureAwait(false);
            await replies.PublishConfirmedAsync("", item.Properties.ReplyTo, reply.Body, PropertiesOf(item, reply), mandatory: true).ConfigureAwait(false);
        }
        catch (MessageReturnedException)
        {
            counters.CallerGone(); // Nobody will ever ask again.
        }
        catch (AmqpException e)
        {
            Log.ReplyLost(log, queue, e.Message);
            item.Buffer?.Release();
            return false;
        }
        if (reply.Status is null)
            counters.Served();
        else
            counters.Faulted();
        Settle(item);
        return true;
    }

    /// <summary>
    /// Gives a request back that has not started, for another server to run. As a new message, because a request that comes a second time is
    /// one that may have run; unless the caller is none of ours and runs that risk anyway, or the queue counts deliveries for it.
    /// </summary>
    public static void GiveBack(in ServerItem item)
    {
        try
        {
            SendBack(item);
        }
        catch (AmqpException)
        {
            // The channel has closed meanwhile, so the broker has it back already.
        }
        item.Link.Acks.Forget(item.Place);
        item.Buffer?.Release();
    }

    /// <summary>Done with the request, without a reply.</summary>
    public void Settle(in ServerItem item)
    {
        if (item.Place != ServerItem.NoPlace)
        {
            item.Link.Acks.Done(item.Place);
            if (item.Link.Channel.IsOpen)
                Volatile.Write(ref _unflushed, item.Link);
        }
        item.Buffer?.Release();
    }

    private static void SendBack(in ServerItem item)
    {
        if (item.IsFromWarren && !item.IsSafe && item.Link.Channel.IsOpen)
        {
            var method = new BasicPublish(item.Link.Exchange, item.Link.RoutingKey, Mandatory: false);
            if (item.Link.IsContract)
                item.Link.Channel.Publish(method, WithNotice(item.Properties), item.Body.Span);
            else
                item.Link.Channel.Publish(method, item.Properties, item.Body.Span);
            item.Link.Channel.Ack(item.DeliveryTag);
        }
        else
            item.Link.Channel.Nack(item.DeliveryTag, requeue: true);
    }

    private bool Reply<TProperties>(in ServerItem item, ShortString replyTo, in Payload body, in TProperties properties)
        where TProperties : IPropertiesWriter
    {
        try
        {
            // Mandatory, so that a caller who is gone can be counted.
            body.Publish(item.Link.Channel, new BasicPublish(default, replyTo, Mandatory: true), properties);
            return true;
        }
        catch (AmqpException e)
        {
            Log.ReplyLost(log, queue, e.Message); // The request was not acknowledged either: the broker delivers it again.
            return false;
        }
    }

    // The hidden copy's header was taken off at the delivery; without it the caller would not hear of the request's end in the broker.
    private static BasicProperties WithNotice(PropertiesView properties)
    {
        var headers = properties.Headers.ToDictionary();
        headers["BCC"] = new object[] { properties.ReplyTo.ToString() };
        return properties.ToProperties() with { Headers = FieldTable.From(headers) };
    }

    private static BasicProperties PropertiesOf(in ServerItem item, StoredReply reply)
    {
        var properties = reply.Status is { } status
            ? new Fault(status, reply.Outcome, reply.Detail) { Name = reply.FaultName }.ToProperties(item.Properties.CorrelationId)
            : new BasicProperties
            {
                ContentType = reply.ContentType.Length == 0 ? default(ShortString?) : new ShortString(Encoding.UTF8.GetBytes(reply.ContentType)),
                CorrelationId = item.Properties.CorrelationId,
            };
        return properties with { DeliveryMode = Persistent };
    }
}
