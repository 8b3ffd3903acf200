using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Warren.Suites;

/// <summary>Messages: confirms, returns, consumers, prefetch, get, transactions, headers.</summary>
internal sealed class MessageTests : Suite
{
    private static CreateChannelOptions Tracked { get; } = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    public async Task Confirms_with_tracking_come_for_a_thousand()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => channel.BasicPublishAsync("", Name, Encoding.UTF8.GetBytes($"{i}")).AsTask()));
        Same(1000u, await channel.MessageCountAsync(Name));
        Same(1001ul, await channel.GetNextPublishSequenceNumberAsync());
    }

    public async Task Mandatory_without_a_queue_comes_back()
    {
        var channel = await OpenAsync(Tracked);
        var returned = new TaskCompletionSource<BasicReturnEventArgs>();
        channel.BasicReturnAsync += (_, e) =>
        {
            returned.TrySetResult(e);
            return Task.CompletedTask;
        };
        try
        {
            await channel.BasicPublishAsync("amq.direct", Name, mandatory: true, new BasicProperties { MessageId = "lost" }, "m"u8.ToArray());
            Check(false, "the publish fails");
        }
        catch (PublishException e)
        {
            Check(e.IsReturn, "it is a return");
        }
        var message = await returned.Task;
        Same((ushort)312, message.ReplyCode);
        Same("NO_ROUTE", message.ReplyText);
        Same("lost", message.BasicProperties.MessageId);
    }

    public async Task A_full_queue_that_rejects_nacks()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false, new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        try
        {
            await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
            Check(false, "the publish fails");
        }
        catch (PublishException e)
        {
            Check(!e.IsReturn, "it is a nack");
        }
    }

    public async Task Prefetch_bounds_what_a_consumer_holds()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false);
        for (var i = 0; i < 10; i++)
            await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        await channel.BasicQosAsync(0, 3, false);
        var deliveries = new List<ulong>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            deliveries.Add(delivery.DeliveryTag);
            return Task.CompletedTask;
        };
        var tag = await channel.BasicConsumeAsync(Name, false, consumer);
        await UntilAsync(() => deliveries.Count == 3);
        Same(7u, await channel.MessageCountAsync(Name));
        await channel.BasicAckAsync(3, multiple: true);
        await UntilAsync(() => deliveries.Count == 6);
        await channel.BasicNackAsync(6, multiple: true, requeue: false);
        await UntilAsync(() => deliveries.Count == 9);
        await channel.BasicCancelAsync(tag);
        await channel.BasicRejectAsync(9, requeue: true);
        await UntilCountAsync(channel, 2);
    }

    public async Task Requeued_messages_come_first_and_are_redelivered()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false);
        await channel.BasicPublishAsync("", Name, "one"u8.ToArray());
        await channel.BasicPublishAsync("", Name, "two"u8.ToArray());
        var one = await channel.BasicGetAsync(Name, autoAck: false);
        Same((false, 1u), (one!.Redelivered, one.MessageCount));
        await channel.BasicNackAsync(one.DeliveryTag, false, requeue: true);
        var again = await channel.BasicGetAsync(Name, autoAck: true);
        Same(("one", true), (Encoding.UTF8.GetString(again!.Body.Span), again.Redelivered));
        Same("two", Encoding.UTF8.GetString((await channel.BasicGetAsync(Name, autoAck: true))!.Body.Span));
        Check(await channel.BasicGetAsync(Name, autoAck: true) is null, "the queue is empty");
    }

    public async Task Transactions_commit_and_roll_back()
    {
        var connection = await ConnectAsync();
        var (channel, other) = (await connection.CreateChannelAsync(), await connection.CreateChannelAsync());
        await channel.QueueDeclareAsync(Name, false, true, false);
        await channel.TxSelectAsync();
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        Same(0u, await other.MessageCountAsync(Name));
        await channel.TxRollbackAsync();
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        await channel.TxCommitAsync();
        Same(1u, await other.MessageCountAsync(Name));
        await channel.BasicAckAsync((await channel.BasicGetAsync(Name, false))!.DeliveryTag, false);
        await channel.TxRollbackAsync();
        await channel.CloseAsync();
        Same(1u, await other.MessageCountAsync(Name));
    }

    public async Task Headers_of_all_types_and_all_properties_come_back()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false);
        var headers = new Dictionary<string, object?>
        {
            ["bool"] = true, ["sbyte"] = (sbyte)-1, ["byte"] = (byte)200, ["short"] = (short)-300, ["ushort"] = (ushort)60000, ["int"] = -70000, ["uint"] = 4000000000u,
            ["long"] = long.MinValue, ["float"] = 1.5f, ["double"] = -2.25, ["decimal"] = 12.34m, ["time"] = new AmqpTimestamp(1700000000), ["text"] = "häßlich",
            ["octets"] = new BinaryTableValue([0, 1, 255]), ["null"] = null, ["list"] = new List<object?> { 1, "two", null },
            ["table"] = new Dictionary<string, object?> { ["inner"] = new Dictionary<string, object?> { ["deep"] = 3L } },
        };
        var sent = new BasicProperties
        {
            AppId = "app", ClusterId = "cluster", ContentEncoding = "none", ContentType = "text/plain", CorrelationId = "c", DeliveryMode = DeliveryModes.Persistent,
            Expiration = "60000", MessageId = "id", Priority = 9, ReplyTo = "reply", Timestamp = new AmqpTimestamp(1700000001), Type = "type", UserId = "guest", Headers = headers,
        };
        await channel.BasicPublishAsync("", Name, true, sent, "body"u8.ToArray());
        var got = (await channel.BasicGetAsync(Name, true))!.BasicProperties;
        Same(Text(headers), Text(got.Headers));
        Same(
            (sent.AppId, sent.ClusterId, sent.ContentEncoding, sent.ContentType, sent.CorrelationId, sent.DeliveryMode, sent.Expiration),
            (got.AppId, got.ClusterId, got.ContentEncoding, got.ContentType, got.CorrelationId, got.DeliveryMode, got.Expiration));
        Same((sent.MessageId, sent.Priority, sent.ReplyTo, sent.Timestamp, sent.Type, sent.UserId), (got.MessageId, got.Priority, got.ReplyTo, got.Timestamp, got.Type, got.UserId));
    }

    public async Task Bodies_of_all_sizes_come_back()
    {
        var channel = await OpenAsync(Tracked);
        await channel.QueueDeclareAsync(Name, false, true, false);
        foreach (var length in new[] { 0, 1, 4088, 131064, 131065, 1_000_000 })
        {
            var body = new byte[length];
            Random.Shared.NextBytes(body);
            await channel.BasicPublishAsync("", Name, body);
            Check((await channel.BasicGetAsync(Name, true))!.Body.Span.SequenceEqual(body), $"the body of {length} octets");
        }
    }

    public async Task A_call_by_direct_reply_to_is_answered()
    {
        var connection = await ConnectAsync();
        var (server, client) = (await connection.CreateChannelAsync(), await connection.CreateChannelAsync());
        await server.QueueDeclareAsync(Name, false, true, false);
        var serving = new AsyncEventingBasicConsumer(server);
        serving.ReceivedAsync += async (_, request) =>
        {
            var properties = new BasicProperties { CorrelationId = request.BasicProperties.CorrelationId };
            await server.BasicPublishAsync("", request.BasicProperties.ReplyTo!, false, properties, request.Body);
        };
        await server.BasicConsumeAsync(Name, true, serving);
        var reply = new TaskCompletionSource<string?>();
        var receiving = new AsyncEventingBasicConsumer(client);
        receiving.ReceivedAsync += (_, delivery) =>
        {
            reply.TrySetResult(delivery.BasicProperties.CorrelationId);
            return Task.CompletedTask;
        };
        await client.BasicConsumeAsync("amq.rabbitmq.reply-to", true, receiving);
        await client.BasicPublishAsync("", Name, false, new BasicProperties { CorrelationId = "7", ReplyTo = "amq.rabbitmq.reply-to" }, "m"u8.ToArray());
        Same("7", await reply.Task);
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        byte[] octets => Encoding.UTF8.GetString(octets),
        BinaryTableValue binary => $"x{Convert.ToHexString(binary.Bytes)}",
        IDictionary<string, object?> table => $"{{{string.Join(",", table.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={Text(field.Value)}"))}}}",
        string text => text,
        System.Collections.IEnumerable list => $"[{string.Join(",", list.Cast<object?>().Select(Text))}]",
        AmqpTimestamp time => $"T{time.UnixTime}",
        _ => FormattableString.Invariant($"{value.GetType().Name} {value}"),
    };

    private async Task UntilCountAsync(IChannel channel, uint count)
    {
        for (var i = 0; await channel.MessageCountAsync(Name) != count; i++)
        {
            Check(i < 1000, $"{count} messages");
            await Task.Delay(10);
        }
    }
}
