using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class SingleActiveConsumerTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public SingleActiveConsumerTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Only_the_first_consumer_gets_messages_even_when_it_is_full()
    {
        Declare("classic");
        _channel.Qos(2);
        _channel.Consume("q", "first");
        var other = _broker.OpenChannel();
        other.Consume("q", "second", arguments: FieldTable.Create(("x-priority", 10)));
        foreach (var body in (string[])["a", "b", "c"])
            _channel.Publish(body, "q");
        _channel.ExpectDelivery("a", consumer: "first");
        _channel.ExpectDelivery("b", consumer: "first");
        _channel.ExpectNothing();
        other.ExpectNothing();
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Theory]
    [InlineData("classic", "high")]
    [InlineData("quorum", "low")]
    public void In_a_classic_queue_the_highest_priority_follows(string type, string next)
    {
        Declare(type);
        _channel.Consume("q", "active");
        foreach (var (tag, priority) in new[] { ("low", 1), ("high", 5), ("late", 5) })
            _channel.Consume("q", tag, arguments: FieldTable.Create(("x-priority", priority)));
        _channel.Publish("a", "q");
        _channel.ExpectDelivery("a", consumer: "active");
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("active"));
        _channel.Publish("b", "q");
        _channel.ExpectDelivery("b", consumer: next);
    }

    [Fact]
    public void The_others_follow_in_the_order_in_which_they_came()
    {
        Declare("classic");
        var channels = new List<TestChannel>();
        for (var i = 0; i < 4; i++)
        {
            channels.Add(_broker.OpenChannel());
            channels[i].Consume("q", $"{i}");
        }
        channels[1].Close(); // Not the active one: nothing changes.
        Expect("a", channels[0]);
        channels[0].Ask<BasicCancel, BasicCancelOk>(new BasicCancel("0"));
        Expect("b", channels[2]);
        channels[2].Connection.Lose(); // And b comes again.
        channels[3].ExpectDelivery("b", redelivered: true);
        Expect("c", channels[3]);
        channels[0].Consume("q", "0 again");
        Expect("d", channels[3]);
    }

    [Fact]
    public void What_waits_goes_to_the_next_at_once()
    {
        Declare("quorum");
        _channel.Qos(1);
        _channel.Consume("q", "first");
        var other = _broker.OpenChannel();
        other.Consume("q", "second");
        foreach (var body in (string[])["a", "b", "c"])
            _channel.Publish(body, "q");
        _channel.ExpectDelivery("a");
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("first"));
        other.ExpectDelivery("b");
        other.ExpectDelivery("c");
        _channel.Send(new BasicReject(1, Requeue: true));
        other.ExpectDelivery("a", redelivered: true);
    }

    [Fact]
    public void Deleting_the_queue_cancels_all()
    {
        Declare("classic");
        var other = _broker.OpenChannel();
        _channel.Consume("q", "first");
        other.Consume("q", "second");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        Assert.Equal("first", _channel.Expect<BasicCancel>().ConsumerTag.ToString());
        Assert.Equal("second", other.Expect<BasicCancel>().ConsumerTag.ToString());
    }

    [Fact]
    public void Nobody_may_be_exclusive()
    {
        Declare("classic");
        _channel.Send(new BasicConsume("q", "t", Exclusive: true));
        _channel.ExpectClose(ReplyCode.AccessRefused, "queue 'q' in vhost '/' in exclusive use", MethodId.BasicConsume);
    }

    [Fact]
    public void Basic_get_stands_beside_it_in_a_classic_queue_and_not_in_a_quorum_queue()
    {
        Declare("classic");
        _channel.Publish("x", "q");
        Assert.Equal(["x"], _channel.Drain("q"));
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        Declare("quorum");
        _channel.Send(new BasicGet("q"));
        _channel.ExpectClose(
            ReplyCode.ResourceLocked,
            "cannot obtain access to locked queue 'q' in vhost '/'. basic.get operations are not supported by quorum queues with single active consumer",
            MethodId.BasicGet);
    }

    private void Declare(string type) => _channel.DeclareQueue(
        "q", durable: true, arguments: FieldTable.Create(("x-queue-type", type), ("x-single-active-consumer", true)));

    private void Expect(string body, TestChannel at)
    {
        _channel.Publish(body, "q");
        at.ExpectDelivery(body);
    }
}
