using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class DeadLetterTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public DeadLetterTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareExchange("dlx", "direct");
        _channel.DeclareExchange("src", "direct");
        _channel.DeclareQueue("dead");
    }

    public void Dispose() => _broker.Dispose();

    // RabbitMQ takes both too. Its letter with such a key even reaches a queue, and ends the connection of whoever gets it with 541.
    [Fact]
    public void Letters_for_an_exchange_or_with_a_key_longer_than_any_name_are_gone()
    {
        _channel.Bind("dead", "amq.fanout");
        _channel.DeclareQueue("far", arguments: FieldTable.Create(("x-dead-letter-exchange", new string('d', 256)), ("x-message-ttl", 0)));
        _channel.DeclareQueue(
            "wide",
            arguments: FieldTable.Create(("x-dead-letter-exchange", "amq.fanout"), ("x-dead-letter-routing-key", new string('k', 256)), ("x-message-ttl", 0)));

        _channel.Publish("x", "far");
        _channel.Publish("x", "wide");

        Assert.Equal(0, _broker.Queue("far").Ready);
        Assert.Equal(0, _broker.Queue("wide").Ready);
        Assert.Equal(0, _broker.Queue("dead").Ready);
        _channel.ExpectNothing();
    }

    /// <summary>Rows 131 and 134.</summary>
    [Theory]
    [InlineData("rejected")]
    [InlineData("expired")]
    [InlineData("maxlen")]
    [InlineData("delivery_limit")]
    public void Every_reason_leads_to_the_exchange_with_the_whole_story(string reason)
    {
        var arguments = new List<(string, object?)> { ("x-dead-letter-exchange", "dlx"), ("x-queue-type", "quorum"), ("x-delivery-limit", 1), ("x-max-length", 1) };
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create([.. arguments]));
        _channel.Bind("q", "src", "k");
        _channel.Bind("dead", "dlx", "k");
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Expiration = "60000", Headers = FieldTable.Create(("mine", 7)), CorrelationId = "c" });
        Die(reason);

        var (get, content) = _channel.Get("dead", noAck: true)!.Value;
        Assert.Equal(("dlx", "k", false), (get.Exchange.ToString(), get.RoutingKey.ToString(), get.Redelivered));
        Assert.Equal("x", content.Body);
        Assert.Equal("c", content.Properties.CorrelationId.ToString());
        Assert.False(content.Properties.Has(PropertyFlags.Expiration));
        var died = _broker.Now;
        Assert.Equal(
            $"""
            mine=7
            x-death=[(original-expiration=60000 count=1 reason={reason} queue=q time={died.ToUnixTimeSeconds()} exchange=src routing-keys=[k])]
            x-first-death-exchange=src
            x-first-death-queue=q
            x-first-death-reason={reason}
            x-last-death-exchange=src
            x-last-death-queue=q
            x-last-death-reason={reason}
            """,
            HeaderText.Of(content.Properties.Headers));
        Assert.True(content.Properties.Headers.TryGet("x-death", out var deaths));
        foreach (var death in deaths.EnumerateArray())
        {
            Assert.True(death.TryGetTable(out var table));
            Assert.True(table.TryGet("count", out var count));
            Assert.Equal(FieldType.SignedLong, count.Type);
        }
        Assert.Equal(new QueueSnapshot("q", reason == "maxlen" ? 1 : 0, 0, 0), _broker.Queue("q"));
    }

    [Fact]
    public void All_original_keys_route_a_dead_letter_and_BCC_is_never_seen()
    {
        DeclareSource();
        foreach (var (queue, key) in ((string, string)[])[("by-key", "k"), ("by-cc", "open"), ("by-bcc", "hidden")])
        {
            _channel.DeclareQueue(queue);
            _channel.Bind(queue, "dlx", key);
        }
        var headers = FieldTable.Create(("CC", new[] { "open" }), ("BCC", new[] { "hidden", "nobody" }), ("z", 1));
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Headers = headers, Type = "t" });
        var (get, content) = _channel.Get("q")!.Value;
        Assert.Equal("CC=[open]\nz=1", HeaderText.Of(content.Properties.Headers));
        Assert.Equal("t", content.Properties.Type.ToString());
        _channel.Send(new BasicReject(get.DeliveryTag, Requeue: false));

        foreach (var queue in (string[])["by-key", "by-cc", "by-bcc"])
        {
            var (letter, letterContent) = _channel.Get(queue, noAck: true)!.Value;
            Assert.Equal("k", letter.RoutingKey.ToString());
            var text = HeaderText.Of(letterContent.Properties.Headers);
            Assert.StartsWith("CC=[open]\n", text);
            Assert.Contains("routing-keys=[k open])", text);
            Assert.DoesNotContain("hidden", text);
        }
    }

    [Fact]
    public void BCC_survives_a_second_death()
    {
        DeclareSource();
        _channel.DeclareQueue("second", arguments: FieldTable.Create(("x-dead-letter-exchange", "amq.direct")));
        _channel.Bind("second", "dlx", "k");
        _channel.Bind("dead", "amq.direct", "hidden");
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Headers = FieldTable.Create(("BCC", new[] { "hidden" })) });
        Reject("q");
        Reject("second");
        Assert.Equal(["x"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_dead_letter_key_replaces_all_keys_for_good_and_the_header_CC_stays()
    {
        DeclareSource("other");
        _channel.DeclareQueue("by-cc");
        _channel.Bind("by-cc", "dlx", "open");
        _channel.Bind("by-cc", "dlx", "hidden");
        _channel.DeclareQueue("second", arguments: FieldTable.Create(("x-dead-letter-exchange", "dlx")));
        _channel.Bind("second", "dlx", "other");
        var headers = FieldTable.Create(("CC", new[] { "open" }), ("BCC", new[] { "hidden" }));
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Headers = headers });
        Reject("q");
        var content = Reject("second");
        Assert.Contains("CC=[open]", HeaderText.Of(content.Properties.Headers));
        content = Reject("second");
        Assert.Contains("reason=rejected queue=second", HeaderText.Of(content.Properties.Headers));
        Assert.Contains("exchange=dlx routing-keys=[other])", HeaderText.Of(content.Properties.Headers));
        Assert.Equal(0, _broker.Queue("by-cc").Ready);
    }

    [Fact]
    public void A_retry_loop_counts_by_queue_and_reason_with_the_newest_first()
    {
        _channel.DeclareQueue("work", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "wait")));
        _channel.DeclareQueue(
            "wait", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "work"), ("x-message-ttl", 1000)));
        _channel.Publish("x", "work", properties: new BasicProperties { Expiration = "5000" });
        var time = _broker.Now.ToUnixTimeSeconds();
        for (var round = 1; round <= 3; round++)
        {
            Reject("work");
            _broker.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(
            $"""
            x-death=[(count=3 reason=expired queue=wait time={time + 1} exchange= routing-keys=[wait]) (original-expiration=5000 count=3 reason=rejected queue=work time={time} exchange= routing-keys=[work])]
            x-first-death-exchange=
            x-first-death-queue=work
            x-first-death-reason=rejected
            x-last-death-exchange=
            x-last-death-queue=wait
            x-last-death-reason=expired
            """,
            HeaderText.Of(_channel.Get("work")!.Value.Content.Properties.Headers));
    }

    [Fact]
    public void What_a_client_writes_into_the_headers_is_not_believed()
    {
        DeclareSource();
        _channel.Bind("dead", "dlx", "k");
        var mine = FieldTable.Create(("count", 41L), ("queue", "q"), ("reason", "rejected"));
        var headers = FieldTable.Create(("x-death", new[] { mine }), ("x-first-death-queue", "mine"), ("x-last-death-reason", "mine"), ("x-first-death-other", "stays"));
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Headers = headers });
        var before = Reject("q");
        Assert.Contains("count=41", HeaderText.Of(before.Properties.Headers));
        var text = HeaderText.Of(_channel.Get("dead")!.Value.Content.Properties.Headers);
        Assert.Contains("count=1 reason=rejected queue=q", text);
        Assert.DoesNotContain("mine", text);
        Assert.DoesNotContain("41", text);
        Assert.Contains("x-first-death-other=stays", text);
    }

    [Fact]
    public void A_cycle_that_nobody_rejects_ends()
    {
        _channel.DeclareQueue("a", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "b"), ("x-message-ttl", 10)));
        _channel.DeclareQueue("b", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "a"), ("x-message-ttl", 10)));
        _channel.Publish("x", "a");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, _broker.Queue("b").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (_broker.Queue("a").Ready, _broker.Queue("b").Ready));
    }

    [Fact]
    public void A_rejection_in_the_cycle_lets_it_go_on_and_one_before_it_does_not()
    {
        _channel.DeclareQueue("a", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "b")));
        _channel.DeclareQueue("b", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "b"), ("x-message-ttl", 10)));
        _channel.Publish("x", "a");
        Reject("a");
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _broker.Queue("b").Ready);
    }

    [Fact]
    public void Full_queues_that_feed_each_other_come_to_rest()
    {
        foreach (var (queue, next) in ((string, string)[])[("a", "b"), ("b", "c"), ("c", "a")])
        {
            _channel.DeclareQueue(
                queue, arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", next), ("x-max-length", 1)));
        }
        for (var i = 0; i < 10; i++)
            _channel.Publish($"{i}", "a");
        Assert.All((string[])["a", "b", "c"], queue => Assert.Equal(1, _broker.Queue(queue).Ready));
    }

    [Fact]
    public void A_missing_exchange_and_one_without_a_route_drop_silently()
    {
        DeclareSource();
        _channel.Publish("x", "k", "src");
        Reject("q"); // No route.
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("dlx"));
        _channel.Publish("x", "k", "src");
        Reject("q"); // No exchange.
        _channel.DeclareExchange("dlx", "fanout");
        _channel.Bind("dead", "dlx");
        _channel.Publish("later", "k", "src");
        Reject("q");
        Assert.Equal(["later"], _channel.Drain("dead"));
    }

    [Fact]
    public void Purging_deleting_and_acknowledging_make_no_dead_letters()
    {
        DeclareSource();
        _channel.Bind("dead", "dlx", "k");
        for (var i = 0; i < 4; i++)
            _channel.Publish("x", "k", "src");
        _channel.Send(new BasicAck(_channel.Get("q")!.Value.Get.DeliveryTag));
        var (held, _) = _channel.Get("q")!.Value;
        _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q"));
        _channel.Publish("x", "k", "src");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        _channel.Send(new BasicReject(held.DeliveryTag, Requeue: false));
        Assert.Equal(0, _broker.Queue("dead").Ready);
    }

    [Fact]
    public void Multiple_rejections_come_in_order_and_a_rollback_takes_them_back()
    {
        DeclareSource();
        _channel.Bind("dead", "dlx", "k");
        foreach (var body in (string[])["a", "b", "c"])
            _channel.Publish(body, "k", "src");
        _channel.Ask<TxSelect, TxSelectOk>(default);
        for (var i = 0; i < 3; i++)
            _channel.Get("q");
        _channel.Send(new BasicNack(3, Multiple: true, Requeue: false));
        _channel.Ask<TxRollback, TxRollbackOk>(default);
        Assert.Equal(0, _broker.Queue("dead").Ready);
        _channel.Send(new BasicNack(2, Multiple: true, Requeue: false));
        _channel.Ask<TxCommit, TxCommitOk>(default);
        _channel.Send(new BasicAck(3));
        _channel.Ask<TxCommit, TxCommitOk>(default);
        Assert.Equal(["a", "b"], _channel.Drain("dead"));
    }

    [Fact]
    public void A_large_body_and_all_properties_come_through()
    {
        DeclareSource();
        _channel.Bind("dead", "dlx", "k");
        var body = new string('x', 300_000);
        var properties = new BasicProperties
        {
            ContentType = "a/b", ContentEncoding = "c", DeliveryMode = 2, Priority = 3, CorrelationId = "d", ReplyTo = "e", Expiration = "100", MessageId = "f",
            Timestamp = DateTimeOffset.FromUnixTimeSeconds(1000), Type = "g", UserId = "guest", AppId = "h", ClusterId = "i",
        };
        _channel.Publish(body, "k", "src", properties: properties);
        _broker.Advance(TimeSpan.FromMilliseconds(100));
        var content = _channel.Get("dead")!.Value.Content;
        Assert.Equal(body, content.Body);
        Assert.Equal(properties with { Expiration = null }, content.Properties.ToProperties() with { Headers = null });
    }

    [Fact]
    public void A_consumer_that_waits_at_the_other_end_gets_the_letter_in_the_same_step()
    {
        DeclareSource();
        _channel.Bind("dead", "dlx", "k");
        _channel.Consume("dead", noAck: true);
        _channel.Publish("x", "k", "src", properties: new BasicProperties { Expiration = "50" });
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(50));
        _channel.ExpectDelivery("x", redelivered: false);
    }

    private void DeclareSource(string? key = null)
    {
        var arguments = FieldTable.Create(("x-dead-letter-exchange", "dlx"));
        if (key is not null)
            arguments = FieldTable.Create(("x-dead-letter-exchange", "dlx"), ("x-dead-letter-routing-key", key));
        _channel.DeclareQueue("q", arguments: arguments);
        _channel.Bind("q", "src", "k");
    }

    private Content Reject(string queue)
    {
        var (get, content) = _channel.Get(queue)!.Value;
        _channel.Send(new BasicReject(get.DeliveryTag, Requeue: false));
        return content;
    }

    private void Die(string reason)
    {
        switch (reason)
        {
            case "rejected": Reject("q"); break;
            case "expired": _broker.Advance(TimeSpan.FromMinutes(1)); break;
            case "maxlen": _channel.Publish("y", "k", "src"); break;
            default:
                for (var i = 0; i < 2; i++)
                    _channel.Send(new BasicNack(_channel.Get("q")!.Value.Get.DeliveryTag, false, Requeue: true));
                break;
        }
    }
}
