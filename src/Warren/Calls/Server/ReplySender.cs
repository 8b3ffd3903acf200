using System.Buffers.Text;
using System.Globalization;
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

    private static readonly ReconnectPolicy AgainPause = new() { FirstDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromSeconds(1) };

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

    /// <summary>
    /// Answers a Safe request and settles it once the broker has the reply. A broker that does not take it (a reply queue between two leaders) is asked
    /// again until the caller waits no longer. Once the request's own channel is gone the broker delivers it again, and the store answers it.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="reply">Its reply.</param>
    /// <param name="time">The clock.</param>
    /// <param name="givingUp">Fires when a stopping server waits no longer: then the request goes back.</param>
    public async ValueTask AnswerSafelyAsync(OwnedRequest request, StoredReply reply, TimeProvider time, CancellationToken givingUp)
    {
        var hasReplyAddress = request.Item.HasReplyAddress;
        for (var attempt = 0; hasReplyAddress && !await TryConfirmAsync(request, reply, givingUp).ConfigureAwait(false); attempt++)
        {
            await Task.Delay(AgainPause.DelayBefore(attempt, Random.Shared.NextDouble()), time, givingUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (request.Item.BudgetAt(time.GetTimestamp(), time).IsSpent)
                break;
            if (!request.Item.Link.Channel.IsOpen || givingUp.IsCancellationRequested)
            {
                GiveBack(request.Item);
                return;
            }
        }
        if (!hasReplyAddress && reply.Status is { } status)
            Log.OneWayFailed(log, queue, status, reply.Detail);
        if (reply.Status is null)
            counters.Served();
        else
            counters.Faulted();
        Settle(request.Item);
    }

    /// <summary>
    /// Gives a request back that has not started, for another server to run. As a new message, because a request that comes a second time is
    /// one that may have run; unless the caller is none of ours and runs that risk anyway, or the queue counts deliveries for it.
    /// </summary>
    public static void GiveBack(in ServerItem item)
    {
        try
        {
            if (item.Place != ServerItem.NoPlace)
                SendBack(item);
        }
        catch (AmqpException)
        {
            // The channel has closed meanwhile, so the broker has it back already.
        }
        if (item.Place != ServerItem.NoPlace)
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
            var properties = WithTimeLeft(item);
            item.Link.Channel.Publish(method, item.Link.IsContract ? WithNotice(item.Properties, properties) : properties, item.Body.Span);
            item.Link.Channel.Ack(item.DeliveryTag);
        }
        else
            item.Link.Channel.Nack(item.DeliveryTag, requeue: true);
    }

    // True when there is nothing left to do.
    private async ValueTask<bool> TryConfirmAsync(OwnedRequest request, StoredReply reply, CancellationToken givingUp)
    {
        try
        {
            var replies = await request.Item.Link.GetConfirmedAsync().ConfigureAwait(false);
            if (givingUp.IsCancellationRequested)
                return false;
            request.Item.Link.WatchConfirms(replies);
            // Without the token, which would cost a registration for each reply: a stopping server closes the channel.
            await PublishConfirmedAsync(replies, request.Item.Properties, reply).ConfigureAwait(false);
            return true;
        }
        catch (MessageReturnedException)
        {
            counters.CallerGone(); // Nobody will ever ask again.
            return true;
        }
        catch (AmqpException e)
        {
            Log.SafeReplyLost(log, queue, e.Message);
            return false;
        }
    }

    private static Task PublishConfirmedAsync(AmqpChannel replies, PropertiesView request, StoredReply reply)
    {
        var method = new BasicPublish(default, request.ReplyTo, Mandatory: true);
        return reply.Status is { } status
            ? replies.PublishConfirmedAsync(method, FaultOf(reply, status).ToProperties(request.CorrelationId) with { DeliveryMode = Persistent }, reply.Body, CancellationToken.None)
            : replies.PublishConfirmedAsync(method, new ReplyProperties(reply.Kind, request.CorrelationId, isPersistent: true), reply.Body, CancellationToken.None);
    }

    private static Fault FaultOf(StoredReply reply, RpcStatus status) =>
        new(status, reply.Outcome, reply.Detail) { Name = reply.FaultName, RetryAfter = reply.RetryAfter };

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
    private static BasicProperties WithNotice(PropertiesView request, BasicProperties properties)
    {
        if (request.ReplyTo.IsEmpty)
            return properties;
        var headers = request.Headers.ToDictionary();
        headers["BCC"] = new object[] { request.ReplyTo.ToString() };
        return properties with { Headers = FieldTable.From(headers) };
    }

    // The broker drops it when it has waited too long in sum.
    private static BasicProperties WithTimeLeft(in ServerItem item)
    {
        var properties = item.Properties.ToProperties();
        var budget = item.BudgetAt(item.Link.Time.GetTimestamp(), item.Link.Time);
        return Utf8Parser.TryParse(item.Properties.Expiration.Span, out long expirationMs, out _)
            ? properties with { Expiration = Math.Max(1, expirationMs - budget.UsedMs).ToString(CultureInfo.InvariantCulture) }
            : properties;
    }
}
