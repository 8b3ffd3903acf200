using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>
/// What becomes of messages that expire, are rejected, are too many or come back too often: headers and routes, the same on Warren and on
/// RabbitMQ. Where RabbitMQ 3.10 and 4 differ, Warren does what 4 does, and the test names the difference.
/// </summary>
public class DeadLetterTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _prefix = $"dl{Guid.NewGuid():N}-";

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    public static TheoryData<BrokerKind, string> Reasons { get; } =
        [.. from reason in (string[])["rejected", "expired", "maxlen"] from broker in Enum.GetValues<BrokerKind>() select (broker, reason)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task A_dead_letter_tells_its_story(BrokerKind broker, string reason)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-max-length", 1));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        var properties = new BasicProperties
        {
            Expiration = reason == "expired" ? "50" : "60000", CorrelationId = "c", MessageId = "m", DeliveryMode = 2, Headers = FieldTable.Create(("mine", 7)),
        };
        await channel.PublishConfirmedAsync(Name("src"), "k", "body"u8.ToArray(), properties);
        if (reason == "rejected")
            (await channel.GetAsync(Name("work")))!.Nack(requeue: false);
        if (reason == "maxlen")
            await channel.PublishConfirmedAsync(Name("src"), "k", "younger"u8.ToArray());

        var letter = await NextAsync(channel, dead);

        Assert.Equal((Name("dlx"), "k", false), (letter.Exchange, letter.RoutingKey.ToString(), letter.Redelivered));
        Assert.Equal(properties with { Expiration = null, Headers = null }, letter.Properties.ToProperties() with { Headers = null });
        Assert.Equal(
            [
                "mine=7:I",
                $"x-death=[(count=1:l exchange=src original-expiration={properties.Expiration} queue=work reason={reason} routing-keys=[k] time=timestamp)]",
                .. First("src", "work", reason),
                .. Last(broker, "src", "work", reason),
            ],
            Headers(letter));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task All_keys_route_a_dead_letter_those_of_BCC_too_and_nobody_sees_them(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")));
        foreach (var key in (string[])["k", "open", "hidden"])
            await channel.BindQueueAsync(await DeclareAsync(channel, $"by-{key}"), Name("dlx"), key);
        var headers = FieldTable.Create(("CC", new[] { "open" }), ("BCC", new[] { "hidden", "nobody" }));
        await channel.PublishConfirmedAsync(Name("src"), "k", default, new BasicProperties { Expiration = "50", Headers = headers });

        foreach (var key in (string[])["k", "open", "hidden"])
        {
            var letter = await NextAsync(channel, Name($"by-{key}"));
            Assert.Equal("k", letter.RoutingKey.ToString());
            Assert.Equal(
                [
                    "CC=[open]",
                    "x-death=[(count=1:l exchange=src original-expiration=50 queue=work reason=expired routing-keys=[k open] time=timestamp)]",
                    .. First("src", "work", "expired"),
                    .. Last(broker, "src", "work", "expired"),
                ],
                Headers(letter));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_caller_hears_through_BCC_why_nobody_served_its_request(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-message-ttl", 0));
        var notices = await DeclareAsync(channel, "notices");
        await channel.BindQueueAsync(notices, Name("dlx"), notices);
        var properties = new BasicProperties { CorrelationId = "call-1", Headers = FieldTable.Create(("BCC", new[] { notices })) };

        await channel.PublishConfirmedAsync(Name("src"), "k", default, properties, mandatory: true);

        var notice = await NextAsync(channel, notices);
        Assert.Equal("call-1", notice.Properties.CorrelationId.ToString());
        Assert.Contains("reason=expired", string.Join('\n', Headers(notice)), StringComparison.Ordinal);
        Assert.DoesNotContain(Headers(notice), line => line.StartsWith("BCC", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_dead_letter_key_is_the_only_key_from_then_on(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-dead-letter-routing-key", "other"));
        await channel.BindQueueAsync(await DeclareAsync(channel, "by-cc"), Name("dlx"), "open");
        var second = await DeclareAsync(channel, "second", ("x-dead-letter-exchange", Name("dlx")));
        await channel.BindQueueAsync(second, Name("dlx"), "other");
        var headers = FieldTable.Create(("CC", new[] { "open" }), ("BCC", new[] { "open" }));
        await channel.PublishConfirmedAsync(Name("src"), "k", default, new BasicProperties { Headers = headers });
        (await channel.GetAsync(Name("work")))!.Nack(requeue: false);
        (await NextAsync(channel, second, noAck: false)).Nack(requeue: false);

        var letter = await NextAsync(channel, second);

        Assert.Equal("other", letter.RoutingKey.ToString());
        Assert.Equal(
            [
                .. broker == BrokerKind.Warren ? (string[])["CC=[open]"] : [], // 3.10 takes the header away, 4 leaves it.
                "x-death=[(count=1:l exchange=dlx queue=second reason=rejected routing-keys=[other] time=timestamp) "
                + "(count=1:l exchange=src queue=work reason=rejected routing-keys=[k open] time=timestamp)]",
                .. First("src", "work", "rejected"),
                .. Last(broker, "dlx", "second", "rejected"),
            ],
            Headers(letter));
        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync(Name("by-cc"))).MessageCount);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_retry_loop_goes_round_and_counts(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", Name("wait")));
        await DeclareAsync(channel, "wait", ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", Name("work")), ("x-message-ttl", 20));
        await channel.PublishConfirmedAsync("", Name("work"), default, new BasicProperties { Expiration = "60000" });
        for (var round = 0; round < 3; round++)
            (await NextAsync(channel, Name("work"), noAck: false)).Nack(requeue: false);

        var letter = await NextAsync(channel, Name("work"));

        Assert.Equal(
            [
                "x-death=[(count=3:l exchange= queue=wait reason=expired routing-keys=[wait] time=timestamp) "
                + "(count=3:l exchange= original-expiration=60000 queue=work reason=rejected routing-keys=[work] time=timestamp)]",
                .. First("", "work", "rejected"),
                .. Last(broker, "", "wait", "expired"),
            ],
            Headers(letter));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_cycle_that_nobody_rejects_ends(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-message-ttl", 20));
        await channel.BindQueueAsync(Name("work"), Name("dlx"), "k"); // Its own dead letters would come back,
        await channel.BindQueueAsync(await DeclareAsync(channel, "witness"), Name("dlx"), "k"); // and those of the first death reach this one.
        await channel.PublishConfirmedAsync(Name("src"), "k", default);

        await NextAsync(channel, Name("witness"));

        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync(Name("work"))).MessageCount);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_missing_exchange_drops_in_silence(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("nope")));
        await channel.PublishConfirmedAsync(Name("src"), "k", default);
        (await channel.GetAsync(Name("work")))!.Nack(requeue: false);
        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync(Name("work"))).MessageCount);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_a_client_writes_into_x_death(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        var mine = FieldTable.Create(("count", 41L), ("queue", Name("work")), ("reason", "rejected"), ("exchange", "e"), ("routing-keys", new[] { "z" }));
        await channel.PublishConfirmedAsync(Name("src"), "k", default, new BasicProperties { Headers = FieldTable.Create(("x-death", new[] { mine })) });
        (await channel.GetAsync(Name("work")))!.Nack(requeue: false);

        var letter = await NextAsync(channel, dead);

        // 3.10 goes on counting where the client says; 4 does not believe it.
        var count = broker == BrokerKind.Warren ? "count=1:l exchange=src" : "count=42:l exchange=e";
        Assert.Contains(count, Headers(letter).Single(line => line.StartsWith("x-death=", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_short_time_to_live_behind_a_long_one_waits(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        await channel.PublishConfirmedAsync(Name("src"), "k", "long"u8.ToArray(), new BasicProperties { Expiration = "300" });
        await channel.PublishConfirmedAsync(Name("src"), "k", "short"u8.ToArray(), new BasicProperties { Expiration = "1" });

        Assert.Equal(["long", "short"], [Text(await NextAsync(channel, dead)), Text(await NextAsync(channel, dead))]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Time_to_live_0_reaches_a_consumer_that_is_free(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-message-ttl", 0));
        await channel.PublishConfirmedAsync(Name("src"), "k", "nobody"u8.ToArray());
        Assert.Null(await channel.GetAsync(Name("work")));
        var came = new TaskCompletionSource<string>();
        await channel.ConsumeAsync(Name("work"), (delivery, _) =>
        {
            came.TrySetResult(Text(delivery));
            return default;
        });
        await channel.PublishConfirmedAsync(Name("src"), "k", "somebody"u8.ToArray());
        Assert.Equal("somebody", await came.Task.WaitAsync(Patience));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_oldest_give_way_in_a_full_queue_by_number_and_by_octets(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-max-length", 3), ("x-max-length-bytes", 6));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        foreach (var body in (string[])["a", "b", "c", "d", "12345", "1234567", "z"])
            await channel.PublishConfirmedAsync(Name("src"), "k", Encoding.UTF8.GetBytes(body));

        foreach (var body in (string[])["a", "b", "c", "d", "12345", "1234567"])
            Assert.Equal(body, Text(await NextAsync(channel, dead)));
        Assert.Equal("z", Text(await NextAsync(channel, Name("work"))));
    }

    [Theory]
    [InlineData(BrokerKind.Warren, "reject-publish")]
    [InlineData(BrokerKind.RabbitMq, "reject-publish")]
    [InlineData(BrokerKind.Warren, "reject-publish-dlx")]
    [InlineData(BrokerKind.RabbitMq, "reject-publish-dlx")]
    public async Task A_full_queue_that_rejects_nacks_and_returns_nothing(BrokerKind broker, string overflow)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-max-length", 1), ("x-overflow", overflow));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        await channel.PublishConfirmedAsync(Name("src"), "k", "first"u8.ToArray());

        await Assert.ThrowsAsync<PublishNackedException>(() => channel.PublishConfirmedAsync(Name("src"), "k", "second"u8.ToArray(), mandatory: true));

        if (overflow == "reject-publish-dlx")
            Assert.Equal("second", Text(await NextAsync(channel, dead)));
        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync(dead)).MessageCount);
        Assert.Equal("first", Text(await NextAsync(channel, Name("work"))));
        await channel.PublishConfirmedAsync(Name("src"), "k", "third"u8.ToArray());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_comes_back_to_a_full_queue_is_its_oldest(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection, ("x-dead-letter-exchange", Name("dlx")), ("x-max-length", 1));
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        await channel.PublishConfirmedAsync(Name("src"), "k", "first"u8.ToArray());
        var first = await channel.GetAsync(Name("work"));
        await channel.PublishConfirmedAsync(Name("src"), "k", "second"u8.ToArray());

        first!.Nack(requeue: true);

        Assert.Equal("first", Text(await NextAsync(channel, dead)));
        Assert.Equal("second", Text(await NextAsync(channel, Name("work"))));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_idle_queue_ends_and_one_with_a_consumer_does_not(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await DeclareAsync(channel, "idle", ("x-expires", 200));
        await DeclareAsync(channel, "used", ("x-expires", 200));
        await channel.ConsumeAsync(Name("used"), (_, _) => default);
        using var patience = new CancellationTokenSource(Patience);
        while (await TakesAsync(channel, "idle", patience.Token)) // To publish is not to use.
        {
        }
        Assert.True(await TakesAsync(channel, "used", patience.Token));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_quorum_queue_counts_deliveries_and_gives_up_at_its_limit(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await PrepareAsync(connection);
        var dead = await DeclareAsync(channel, "dead");
        await channel.BindQueueAsync(dead, Name("dlx"), "k");
        var arguments = FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", 2), ("x-dead-letter-exchange", Name("dlx")));
        await channel.DeclareQueueAsync(Name("quorum"), durable: true, arguments: arguments);
        try
        {
            await channel.BindQueueAsync(Name("quorum"), Name("src"), "quorum");
            await channel.PublishConfirmedAsync(Name("src"), "quorum", default, new BasicProperties { Headers = FieldTable.Create(("CC", new[] { "k" })) });
            await channel.PurgeQueueAsync(Name("work")); // CC brought it a copy.
            var counts = new List<string>();
            for (var i = 0; i < 3; i++)
            {
                var delivery = await NextAsync(channel, Name("quorum"), noAck: false);
                counts.AddRange(Headers(delivery).Where(line => line.StartsWith("x-delivery-count", StringComparison.Ordinal)));
                delivery.Nack(requeue: true);
            }

            var letter = await NextAsync(channel, dead);

            // 3.10 says 0 on the first delivery, 4 says nothing.
            Assert.Equal(
                [.. broker == BrokerKind.Warren ? (string[])[] : ["x-delivery-count=0:l"], "x-delivery-count=1:l", "x-delivery-count=2:l"], counts);
            Assert.Equal(
                [
                    "CC=[k]",
                    "x-death=[(count=1:l exchange=src queue=quorum reason=delivery_limit routing-keys=[quorum k] time=timestamp)]",
                    .. First("src", "quorum", "delivery_limit"),
                    .. Last(broker, "src", "quorum", "delivery_limit"),
                ],
                Headers(letter));
        }
        finally
        {
            await channel.DeleteQueueAsync(Name("quorum"));
        }
    }

    private static string[] First(string exchange, string queue, string reason) => Summary("first", exchange, queue, reason);

    // RabbitMQ has it from 3.13 on.
    private static string[] Last(BrokerKind broker, string exchange, string queue, string reason) =>
        broker == BrokerKind.RabbitMq ? [] : Summary("last", exchange, queue, reason);

    private static string[] Summary(string which, string exchange, string queue, string reason) =>
        [$"x-{which}-death-exchange={exchange}", $"x-{which}-death-queue={queue}", $"x-{which}-death-reason={reason}"];

    private static string Text(Delivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    // Asks until something has come: by a consumer it would come too, but x-death does not care who takes it.
    private static async Task<Delivery> NextAsync(AmqpChannel channel, string queue, bool noAck = true)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await channel.GetAsync(queue, noAck, patience.Token) is { } delivery)
                return delivery;
        }
    }

    private string[] Headers(Delivery delivery) =>
        [.. HeaderText.Of(delivery.Properties.Headers).Select(line => line.Replace(_prefix, "", StringComparison.Ordinal))];

    private string Name(string name) => _prefix + name;

    private async Task<AmqpConnection> ConnectAsync(BrokerKind broker) => await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));

    private async Task<string> DeclareAsync(AmqpChannel channel, string queue, params (string, object?)[] arguments)
    {
        await channel.DeclareQueueAsync(Name(queue), exclusive: true, arguments: FieldTable.Create(arguments));
        return Name(queue);
    }

    private async Task<bool> TakesAsync(AmqpChannel channel, string queue, CancellationToken cancellationToken)
    {
        try
        {
            await channel.PublishConfirmedAsync("", Name(queue), default, mandatory: true, cancellationToken: cancellationToken);
            return true;
        }
        catch (MessageReturnedException)
        {
            return false;
        }
    }

    // The queue "work" with these arguments behind the exchange "src", and the exchange "dlx"; they go with the connection or when unused.
    private async Task<AmqpChannel> PrepareAsync(AmqpConnection connection, params (string, object?)[] arguments)
    {
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await channel.DeclareExchangeAsync(Name("src"), "direct", autoDelete: true);
        await channel.DeclareExchangeAsync(Name("dlx"), "direct", autoDelete: true);
        await DeclareAsync(channel, "work", arguments);
        await channel.BindQueueAsync(Name("work"), Name("src"), "k");
        return channel;
    }
}
