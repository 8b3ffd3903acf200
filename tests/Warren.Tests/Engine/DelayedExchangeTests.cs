using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>Row 61: exchanges of the type x-delayed-message.</summary>
public sealed class DelayedExchangeTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public DelayedExchangeTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareExchange("later", "x-delayed-message", arguments: FieldTable.Create(("x-delayed-type", "topic")));
        _channel.DeclareQueue("q");
        _channel.Bind("q", "later", "a.*");
    }

    public void Dispose() => _broker.Dispose();

    public static TheoryData<object, int> Delays => new()
    {
        { 5000, 5000 }, { (sbyte)100, 100 }, { (ushort)60_000, 60_000 }, { 5000L, 5000 }, { "5000", 5000 }, { 2.5e3, 2500 }, { 100.9m, 100 },
    };

    [Theory]
    [MemberData(nameof(Delays))]
    public void Row_61_a_message_waits_as_long_as_its_header_says_and_is_routed_then(object delay, int expectedMs)
    {
        Publish("x", delay, "a.b");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(expectedMs - 1));
        Assert.Equal(0, _broker.Queue("q").Ready);

        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));

        var (get, content) = _channel.Get("q")!.Value;
        Assert.Equal(("later", "a.b", "x"), (get.Exchange.ToString(), get.RoutingKey.ToString(), content.Body));
        Assert.Equal(-expectedMs, content.Properties.Headers.ToDictionary()["x-delay"]);
        Assert.Equal("other", content.Properties.Headers.ToDictionary()["kept"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(4294967296L)]
    [InlineData("soon")]
    [InlineData("5 s")]
    [InlineData(true)]
    [InlineData(null)]
    public void Row_61_a_header_that_is_no_delay_delays_nothing(object? delay)
    {
        Publish("x", delay, "a.b");
        Assert.Equal(["x"], _channel.Drain("q"));
    }

    [Fact]
    public void Row_61_the_longest_delay_is_49_days()
    {
        Publish("x", 4294967295L, "a.b");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(4294967294L));
        Assert.Empty(_channel.Drain("q"));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.Equal(-4294967295L, _channel.Get("q")!.Value.Content.Properties.Headers.ToDictionary()["x-delay"]);
    }

    [Fact]
    public void Row_61_messages_come_in_the_order_of_their_moments_and_those_that_find_no_queue_then_are_gone()
    {
        Publish("third", 300, "a.b");
        Publish("first", 100, "a.b");
        Publish("nowhere", 150, "b.b");
        Publish("second", 200, "a.b");
        Publish("at once", 0, "a.b");

        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));

        Assert.Equal(["at once", "first", "second", "third"], _channel.Drain("q"));
    }

    [Fact]
    public void Row_61_a_delayed_message_counts_as_routed_and_is_confirmed_when_it_is_taken()
    {
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        Publish("x", 100, "a.b", mandatory: true);
        Assert.Equal(1u, _channel.Expect<BasicAck>().DeliveryTag);
        _channel.ExpectNothing();
    }

    [Fact]
    public void Row_61_a_time_to_live_begins_when_the_message_is_routed()
    {
        Publish("x", 1000, "a.b", expiration: "500");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1499));
        Assert.Equal(1, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Row_61_what_waits_ends_with_its_exchange()
    {
        Publish("x", 1000, "a.b");
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("later"));
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(2));
        Assert.Empty(_channel.Drain("q"));
    }

    [Fact]
    public void Row_61_it_delays_behind_another_exchange_and_for_dead_letters_too()
    {
        _channel.DeclareExchange("front", "fanout");
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("later", "front", ""));
        _channel.DeclareQueue("work", arguments: FieldTable.Create(("x-dead-letter-exchange", "later"), ("x-dead-letter-routing-key", "a.dead")));
        _channel.Publish("by front", "a.b", "front", properties: Delay(100));
        _channel.Publish("dies", "work", properties: Delay(200));
        _channel.Send(new BasicReject(_channel.Get("work")!.Value.Get.DeliveryTag, Requeue: false));

        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(150));
        Assert.Equal(["by front"], _channel.Drain("q"));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(50));
        Assert.Equal(["dies"], _channel.Drain("q"));
    }

    [Fact]
    public void Row_61_copies_by_CC_come_with_it()
    {
        _channel.DeclareQueue("copy");
        _channel.Bind("copy", "later", "c");
        _channel.Publish("x", "a.b", "later", properties: new BasicProperties
        {
            Headers = FieldTable.Create(("x-delay", 100), ("BCC", new List<object?> { "c" })),
        });
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(100));
        Assert.Equal((1, 1), (_broker.Queue("q").Ready, _broker.Queue("copy").Ready));
        Assert.False(_channel.Get("copy")!.Value.Content.Properties.Headers.TryGet("BCC", out _));
    }

    public static TheoryData<FieldTable, string> Wrong => new()
    {
        { default, "Invalid argument, 'x-delayed-type' must be an existing exchange type" },
        { FieldTable.Create(("x-delayed-type", 5)), "Invalid argument, 'x-delayed-type' must be an existing exchange type" },
        { FieldTable.Create(("x-delayed-type", "x-delayed-message")), "Invalid argument, 'x-delayed-type' must be an existing exchange type" },
        { FieldTable.Create(("x-delayed-type", "zzz")), "Invalid argument, 'x-delayed-type' must be an existing exchange type" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Row_61_the_type_behind_it_has_to_be_one(FieldTable arguments, string words)
    {
        _channel.Send(new ExchangeDeclare("wrong", "x-delayed-message", Arguments: arguments));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, words, MethodId.ExchangeDeclare);
    }

    private static BasicProperties Delay(object? delay) => new() { Headers = FieldTable.Create(("x-delay", delay), ("kept", "other")) };

    private void Publish(string body, object? delay, string key, bool mandatory = false, string? expiration = null) =>
        _channel.Publish(body, key, "later", mandatory, expiration is null ? Delay(delay) : new BasicProperties { Headers = Delay(delay).Headers, Expiration = expiration });
}
