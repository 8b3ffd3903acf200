using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>What a client does and sees, the same on Warren and on RabbitMQ.</summary>
public class AmqpTests(Brokers brokers) : IClassFixture<Brokers>
{
    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Messages_come_in_the_order_in_which_they_were_published(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        var received = new List<string>();
        var all = new TaskCompletionSource();
        await channel.ConsumeAsync(queue, (delivery, _) =>
        {
            received.Add(Encoding.UTF8.GetString(delivery.Body.Span));
            delivery.Ack();
            if (received.Count == 5000)
                all.SetResult();
            return default;
        });

        for (var i = 0; i < 5000; i++)
            await channel.PublishAsync("", queue, Encoding.UTF8.GetBytes($"{i}"));
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{i}"), received);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task All_properties_and_all_field_types_come_back_as_they_were_sent(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        var sent = new BasicProperties
        {
            ContentType = "text/plain", ContentEncoding = "utf-8", DeliveryMode = 2, Priority = 3, CorrelationId = "c", ReplyTo = "r",
            Expiration = "60000", MessageId = "m", Timestamp = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Type = "t", UserId = "guest", AppId = "a",
            Headers = FieldTable.Create(
                ("t", true), ("b", (sbyte)-1), ("s", (short)-2), ("I", -3), ("i", 4_000_000_000u), ("l", long.MinValue), ("f", 1.5f),
                ("d", 2.5), ("D", 3.25m), ("T", DateTimeOffset.FromUnixTimeSeconds(1)), ("S", "text"), ("x", new byte[] { 0, 255 }), ("V", null),
                ("A", new object?[] { 1, "two" }), ("F", new Dictionary<string, object?> { ["inner"] = 7L })),
        };

        await channel.EnableConfirmsAsync();
        await channel.PublishConfirmedAsync("", queue, "body"u8.ToArray(), sent);
        var got = await channel.GetAsync(queue, noAck: true);

        Assert.Equal(sent, got!.Properties.ToProperties());
        Assert.Equal("body", Encoding.UTF8.GetString(got.Body.Span));
    }

    [Theory]
    [InlineData(BrokerKind.Warren, 0)]
    [InlineData(BrokerKind.RabbitMq, 0)]
    [InlineData(BrokerKind.Warren, 131_064)]
    [InlineData(BrokerKind.RabbitMq, 131_064)]
    [InlineData(BrokerKind.Warren, 131_065)]
    [InlineData(BrokerKind.RabbitMq, 131_065)]
    [InlineData(BrokerKind.Warren, 5_000_000)]
    [InlineData(BrokerKind.RabbitMq, 5_000_000)]
    public async Task A_body_of_any_size_arrives_whole(BrokerKind broker, int octets)
    {
        var body = new byte[octets];
        new Random(octets).NextBytes(body);
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        var received = new TaskCompletionSource<Delivery>();
        await channel.ConsumeAsync(queue, (delivery, _) =>
        {
            received.SetResult(delivery);
            return default;
        }, new ConsumeOptions { NoAck = true });

        await channel.PublishAsync("", queue, body);

        var delivery = await received.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(body.AsSpan().SequenceEqual(delivery.Body.Span));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Unacknowledged_deliveries_of_a_closed_channel_come_again_in_their_place_and_marked(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var owner = await connection.OpenChannelAsync();
        var queue = (await owner.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        await owner.EnableConfirmsAsync();
        for (var i = 0; i < 5; i++)
            await owner.PublishConfirmedAsync("", queue, new[] { (byte)i });
        var taker = await connection.OpenChannelAsync();
        await taker.GetAsync(queue);
        (await taker.GetAsync(queue))!.Ack();
        await taker.GetAsync(queue);

        await taker.CloseAsync();
        while ((await owner.DeclareQueuePassiveAsync(queue)).MessageCount < 4)
            await Task.Yield();

        var seen = new List<(byte, bool)>();
        while (await owner.GetAsync(queue, noAck: true) is { } got)
            seen.Add((got.Body.Span[0], got.Redelivered));
        Assert.Equal([(0, true), (2, true), (3, false), (4, false)], seen);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Two_consumers_with_prefetch_one_share_the_work(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        await channel.SetPrefetchAsync(1);
        var held = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var came = new SemaphoreSlim(0);
        foreach (var name in new[] { "one", "two" })
        {
            await channel.ConsumeAsync(queue, (_, _) =>
            {
                held.Add(name);
                came.Release();
                return default; // Not acknowledged: nothing more may come to this consumer.
            });
        }

        for (var i = 0; i < 4; i++)
            await channel.PublishAsync("", queue, default);
        await came.WaitAsync(TimeSpan.FromSeconds(10));
        await came.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2u, (await channel.DeclareQueuePassiveAsync(queue)).MessageCount);
        Assert.Equal(["one", "two"], held.Order());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_returned_message_is_matched_to_its_publish_among_confirmed_ones(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        await channel.EnableConfirmsAsync();

        var publishes = Enumerable.Range(0, 100)
            .Select(i => channel.PublishConfirmedAsync("", i % 10 == 3 ? "nobody" : queue, new[] { (byte)i }, mandatory: true)).ToList();

        for (var i = 0; i < 100; i++)
        {
            if (i % 10 == 3)
                await Assert.ThrowsAsync<MessageReturnedException>(() => publishes[i]);
            else
                await publishes[i].WaitAsync(TimeSpan.FromSeconds(10));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_consumer_of_a_deleted_queue_is_told(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        var ended = new TaskCompletionSource<Exception>();
        await channel.ConsumeAsync(queue, (_, _) => default, new ConsumeOptions { Ended = ended.SetResult });

        await channel.DeleteQueueAsync(queue);

        Assert.Contains("queue was deleted", (await ended.Task.WaitAsync(TimeSpan.FromSeconds(10))).Message, StringComparison.Ordinal);
        Assert.True(channel.IsOpen);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_wrong_password_and_an_unknown_virtual_host_are_refused_in_the_same_words(BrokerKind broker)
    {
        var options = ConnectionOptions.Parse(await brokers.UriOfAsync(broker));

        var login = await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(options with { Password = "wrong" }));
        var host = await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(options with { VirtualHost = "nope" }));

        Assert.Equal("ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.", login.Message);
        Assert.Equal("NOT_ALLOWED - vhost nope not found", host.Message);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Topic_patterns_reach_the_queues_they_match_once_each(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        var exchange = $"topic-{Guid.NewGuid():N}";
        await channel.DeclareExchangeAsync(exchange, "topic", autoDelete: true);
        string[] patterns = ["#", "*", "a.*", "*.b", "a.#.c", "", "a..b"];
        string[] keys = ["", "a", "a.b", "a.x.c", "a.c", "a..b", ".", "a."];
        var queues = new List<string>();
        foreach (var pattern in patterns)
        {
            var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
            queues.Add(queue);
            await channel.BindQueueAsync(queue, exchange, pattern);
            await channel.BindQueueAsync(queue, exchange, pattern + ".#.never"); // A second binding must not deliver twice.
        }

        await channel.EnableConfirmsAsync();
        foreach (var key in keys)
            await channel.PublishConfirmedAsync(exchange, key, Encoding.UTF8.GetBytes(key));

        string[] expected = ["|a|a.b|a.x.c|a.c|a..b|.|a.", "a", "a.b|a.c|a.", "a.b", "a.x.c|a.c", "", "a..b"];
        for (var i = 0; i < patterns.Length; i++)
        {
            var got = new List<string>();
            while (await channel.GetAsync(queues[i], noAck: true) is { } delivery)
                got.Add(Encoding.UTF8.GetString(delivery.Body.Span));
            Assert.Equal($"'{patterns[i]}': {expected[i]}", $"'{patterns[i]}': {string.Join('|', got)}");
        }
    }

    private async Task<AmqpConnection> ConnectAsync(BrokerKind broker) => await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
}
