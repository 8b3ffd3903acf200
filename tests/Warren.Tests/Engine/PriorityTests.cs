using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class PriorityTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public PriorityTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Higher_priorities_come_first_and_each_in_the_order_of_publishing()
    {
        Declare();
        Publish("none", null);
        foreach (var (body, priority) in ((string, byte)[])[("0", 0), ("5a", 5), ("9", 9), ("3", 3), ("5b", 5), ("1", 1)])
            Publish(body, priority);
        Assert.Equal(["5a", "9", "5b", "3", "1", "none", "0"], _channel.Drain("q")); // 9 counts as 5.
    }

    [Fact]
    public void What_comes_back_takes_its_place_within_its_priority()
    {
        Declare();
        Publish("high", 5);
        Publish("low", 1);
        _channel.Get("q");
        _channel.Get("q");
        Publish("low again", 1);
        Publish("high again", 5);
        _channel.Send(new BasicNack(0, Multiple: true, Requeue: true));
        Assert.Equal(["high", "high again", "low", "low again"], _channel.Drain("q"));
    }

    [Fact]
    public void A_consumer_that_is_free_gets_the_highest_that_waits()
    {
        Declare();
        _channel.Qos(1);
        _channel.Consume("q");
        Publish("first", 0);
        Publish("low", 1);
        Publish("high", 4);
        _channel.Send(new BasicAck(_channel.ExpectDelivery("first")));
        _channel.Send(new BasicAck(_channel.ExpectDelivery("high")));
        _channel.ExpectDelivery("low");
    }

    [Fact]
    public void The_head_gives_way_in_a_full_queue_whatever_its_priority()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-max-priority", 5), ("x-max-length", 2)));
        Publish("low", 0);
        Publish("high", 5);
        Publish("middle", 2);
        Assert.Equal(["middle", "low"], _channel.Drain("q"));
    }

    [Fact]
    public void Only_the_head_expires()
    {
        Declare();
        Publish("high", 5);
        _channel.Publish("low", "q", properties: new BasicProperties { Priority = 1, Expiration = "100" });
        _broker.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _broker.Queue("q").Ready);
        Assert.Equal(["high"], _channel.Drain("q"));
    }

    [Fact]
    public void Without_the_argument_priorities_mean_nothing()
    {
        _channel.DeclareQueue("q");
        Publish("low", 0);
        Publish("high", 5);
        Assert.Equal(["low", "high"], _channel.Drain("q"));
    }

    [Fact]
    public void All_256_levels_work()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-max-priority", 255)));
        for (var i = 0; i < 256; i++)
            Publish($"{i}", (byte)((i * 7) & 255));
        Assert.Equal(Enumerable.Range(0, 256).OrderByDescending(i => (i * 7) & 255).Select(i => $"{i}"), _channel.Drain("q"));
    }

    private void Declare() => _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-max-priority", 5)));

    private void Publish(string body, byte? priority) => _channel.Publish(body, "q", properties: new BasicProperties { Priority = priority });
}
