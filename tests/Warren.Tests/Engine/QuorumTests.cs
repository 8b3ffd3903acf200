using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class QuorumTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public QuorumTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("dead");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void The_delivery_count_is_absent_at_first_and_counts_from_1_when_the_message_comes_back()
    {
        Declare();
        _channel.Publish("x", "q", properties: new BasicProperties { Headers = FieldTable.Create(("mine", 1), ("x-delivery-count", 9)) });
        Assert.Equal("mine=1\nx-delivery-count=9", Headers(_channel.Get("q")!.Value.Content));
        _channel.Send(new BasicNack(1, false, Requeue: true));
        Assert.Equal("mine=1\nx-delivery-count=1", Headers(_channel.Get("q")!.Value.Content));
        _channel.Send(new BasicReject(2, Requeue: true));
        _channel.Consume("q");
        _channel.Expect<BasicDeliver>();
        Assert.Equal("mine=1\nx-delivery-count=2", Headers(_channel.ExpectContent()));
        _channel.Close();
        _channel = _channel.Connection.OpenChannel();
        var again = _channel.Get("q")!.Value;
        Assert.True(again.Get.Redelivered);
        Assert.Equal("mine=1\nx-delivery-count=3", Headers(again.Content));
    }

    [Fact]
    public void Who_comes_back_too_often_is_a_dead_letter_without_the_count()
    {
        Declare(("x-delivery-limit", 2));
        _channel.Publish("x", "q");
        for (var i = 0; i < 3; i++)
            _channel.Send(new BasicNack(_channel.Get("q")!.Value.Get.DeliveryTag, false, Requeue: true));
        Assert.Null(_channel.Get("q"));
        var text = Headers(_channel.Get("dead")!.Value.Content);
        Assert.Contains("reason=delivery_limit queue=q", text);
        Assert.DoesNotContain("x-delivery-count", text);
    }

    [Theory]
    [InlineData(null, 21)]
    [InlineData(0, 1)]
    [InlineData(-1, null)]
    public void The_limit_is_20_unless_said(int? limit, int? deliveries)
    {
        if (limit is null)
            Declare();
        else
            Declare(("x-delivery-limit", limit));
        _channel.Publish("x", "q");
        var count = 0;
        while (count < 100 && _channel.Get("q") is { } got)
        {
            count++;
            _channel.Send(new BasicNack(got.Get.DeliveryTag, false, Requeue: true));
        }
        Assert.Equal(deliveries ?? 100, count);
    }

    [Fact]
    public void A_consumer_that_dies_each_time_ends_with_a_dead_letter()
    {
        Declare(("x-delivery-limit", 1));
        _channel.Publish("poison", "q");
        for (var i = 0; i < 2; i++)
        {
            var victim = _broker.OpenChannel();
            victim.Consume("q");
            victim.ExpectDelivery("poison");
            victim.Connection.Lose();
        }
        Assert.Equal(["poison"], _channel.Drain("dead"));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_classic_queue_does_not_count()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("x", "q");
        for (var i = 0; i < 30; i++)
        {
            var got = _channel.Get("q")!.Value;
            Assert.False(got.Content.Properties.Has(PropertyFlags.Headers));
            _channel.Send(new BasicNack(got.Get.DeliveryTag, false, Requeue: true));
        }
    }

    [Fact]
    public void Reject_publish_dlx_is_a_word_without_effect()
    {
        Declare(("x-max-length", 1), ("x-overflow", "reject-publish-dlx"));
        _channel.Publish("a", "q");
        _channel.Publish("b", "q");
        Assert.Equal(["b"], _channel.Drain("q"));
        Assert.Equal(["a"], _channel.Drain("dead"));
    }

    [Fact]
    public void What_a_quorum_queue_cannot_be_is_refused()
    {
        var first = new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum")));
        Refuse(first with { Durable = false }, "invalid property 'non-durable' for queue 'q' in vhost '/'");
        Refuse(first with { Exclusive = true }, "invalid property 'exclusive-owner' for queue 'q' in vhost '/'");
        Refuse(first with { AutoDelete = true }, "invalid property 'auto-delete' for queue 'q' in vhost '/'");
        Refuse(first with { Queue = "" }, "Cannot declare a server-named queue for type rabbit_quorum_queue");
    }

    [Fact]
    public void A_quorum_queue_knows_no_exclusive_consumer()
    {
        Declare();
        _channel.Consume("q");
        _channel.Consume("q", exclusive: true);
        _channel.Consume("q", exclusive: true);
    }

    [Theory]
    [InlineData(true, false, "if-unused")]
    [InlineData(false, true, "if-empty")]
    [InlineData(true, true, "if-unused")]
    public void A_quorum_queue_is_not_deleted_with_a_condition(bool ifUnused, bool ifEmpty, string flag)
    {
        Declare();
        _channel.Send(new QueueDelete("q", ifUnused, ifEmpty));
        _channel.Connection.ExpectClose(
            ReplyCode.NotImplemented,
            $"cannot delete queue 'q' in vhost '/'. queue.delete operations with {flag} flag set are not supported by quorum queues", MethodId.QueueDelete);
    }

    [Theory]
    [InlineData("quorum", "x-max-priority", 5, " of queue type rabbit_quorum_queue")]
    [InlineData("quorum", "x-queue-mode", "lazy", " of queue type rabbit_quorum_queue")]
    [InlineData("quorum", "x-max-age", "1D", " of queue type rabbit_quorum_queue")]
    [InlineData("quorum", "x-delivery-limit", "a", ": \"expected integer, got longstr\"")]
    [InlineData("quorum", "x-dead-letter-strategy", "zz", ": invalid_dlx_strategy")]
    [InlineData("quorum", "x-quorum-initial-group-size", 0, ": {value_zero,0}")]
    [InlineData("classic", "x-delivery-limit", 5, " of queue type rabbit_classic_queue")]
    [InlineData("classic", "x-dead-letter-strategy", "at-least-once", " of queue type rabbit_classic_queue")]
    [InlineData("zzz", "x-queue-type", "zzz", ": \"unsupported queue type 'zzz'\"")]
    [InlineData("stream", "x-queue-type", "stream", ": \"unsupported queue type 'stream'\"")]
    [InlineData(5, "x-queue-type", 5, ": {unacceptable_type,signedint}")]
    public void Arguments_of_another_type_of_queue_are_refused(object type, string name, object value, string fault)
    {
        var arguments = name == "x-queue-type" ? FieldTable.Create((name, value)) : FieldTable.Create(("x-queue-type", type), (name, value));
        Refuse(new QueueDeclare("q", Durable: true, Arguments: arguments), $"invalid arg '{name}' for queue 'q' in vhost '/'{fault}");
    }

    [Fact]
    public void Type_and_limit_must_be_the_same_when_declared_again()
    {
        Declare(("x-delivery-limit", 3));
        Refuse(
            new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-delivery-limit", 3))),
            "inequivalent arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received none but current is the value '' of type 'longstr'");
        _channel.DeclareQueue("plain", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        Refuse(
            new QueueDeclare("plain", Durable: true),
            "inequivalent arg 'x-queue-type' for queue 'plain' in vhost '/': received none but current is the value 'quorum' of type 'longstr'");
        Refuse(
            new QueueDeclare("plain", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "classic"))),
            "inequivalent arg 'x-queue-type' for queue 'plain' in vhost '/': received 'classic' but current is 'quorum'");
        _channel.DeclareQueue("classic", durable: true);
        Refuse(
            new QueueDeclare("classic", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum"))),
            "inequivalent arg 'x-queue-type' for queue 'classic' in vhost '/': received the value 'quorum' of type 'longstr' but current is none");
        _channel.DeclareQueue("classic", durable: true, arguments: FieldTable.Create(("x-queue-type", "classic")));
    }

    [Theory]
    [InlineData(true, "if-unused")]
    [InlineData(false, "if-empty")]
    public void Row_71_a_delete_with_a_condition_is_not_for_quorum_queues(bool ifUnused, string flag)
    {
        Declare();
        _channel.Send(new QueueDelete("q", ifUnused, !ifUnused));
        _channel.Connection.ExpectClose(
            ReplyCode.NotImplemented,
            $"cannot delete queue 'q' in vhost '/'. queue.delete operations with {flag} flag set are not supported by quorum queues",
            MethodId.QueueDelete);
        Assert.True(_broker.QueueExists("q"));
    }

    [Fact]
    public void Row_148_a_quorum_queue_has_no_consumers_on_a_channel_with_one_prefetch_for_all()
    {
        Declare();
        _channel.DeclareQueue("classic");
        _channel.Qos(5, global: true);
        _channel.Consume("classic");
        _channel.Qos(0, global: true);
        _channel.Consume("q");
        _channel.Qos(5, global: true);
        _channel.Send(new BasicConsume("q"));
        _channel.Connection.ExpectClose(ReplyCode.NotImplemented, "queue 'q' in vhost '/' does not support global qos", MethodId.BasicConsume);
    }

    [Theory]
    [InlineData("classic", "x-priority", "a", ": \"expected integer, got longstr\"")]
    [InlineData("quorum", "x-priority", true, ": \"expected integer, got bool\"")]
    [InlineData("classic", "x-cancel-on-ha-failover", 5, ": {unacceptable_type,signedint}")]
    [InlineData("quorum", "x-cancel-on-ha-failover", true, " of queue type rabbit_quorum_queue")]
    [InlineData("quorum", "x-cancel-on-ha-failover", 5, " of queue type rabbit_quorum_queue")]
    [InlineData("classic", "x-stream-offset", "first", " of queue type rabbit_classic_queue")]
    [InlineData("quorum", "x-stream-offset", 1.5, " of queue type rabbit_quorum_queue")]
    [InlineData("classic", "x-cancel-on-ha-failover", true, null)]
    [InlineData("classic", "x-credit", 5, null)]
    [InlineData("quorum", "x-what", 5, null)]
    public void Row_130_the_arguments_of_a_consumer(string type, string name, object value, string? fault)
    {
        _channel.DeclareQueue("c", durable: true, arguments: FieldTable.Create(("x-queue-type", type)));
        _channel.Send(new BasicConsume("c", Arguments: FieldTable.Create((name, value))));
        if (fault is null)
            _channel.Expect<BasicConsumeOk>();
        else
            _channel.ExpectClose(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for queue 'c' in vhost '/'{fault}", MethodId.BasicConsume);
    }

    private static string Headers(Content content) => HeaderText.Of(content.Properties.Headers);

    private void Declare(params (string, object?)[] arguments) => _channel.DeclareQueue(
        "q", durable: true,
        arguments: FieldTable.Create([.. arguments, ("x-queue-type", "quorum"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")]));

    private void Refuse(in QueueDeclare declare, string explanation)
    {
        _channel.Send(declare);
        _channel.ExpectClose(ReplyCode.PreconditionFailed, explanation, MethodId.QueueDeclare);
        _channel = _channel.Connection.OpenChannel(1);
    }
}
