using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Rules that change while the queue lives.</summary>
public sealed class QueueRulesTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public QueueRulesTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_plain_queue_gets_a_limit_and_loses_it_again()
    {
        _channel.DeclareQueue("dead");
        _channel.DeclareQueue("q");
        Publish("1", "2", "3", "4");

        Apply("q", ("x-max-length", 2), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"));
        Publish("5");
        Assert.Equal(["1", "2", "3"], _channel.Drain("dead"));

        Apply("q");
        Publish("6", "7");
        Assert.Equal(["4", "5", "6", "7"], _channel.Drain("q"));
    }

    [Fact]
    public void A_long_queue_is_brought_within_its_limit_step_by_step()
    {
        _channel.DeclareQueue("q");
        _broker.BatchUnchecked(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _channel.Publish("x", "q");
        });

        Apply("q", ("x-max-length", 1));
        Assert.Equal(10_000 - 4096, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_time_to_live_counts_for_what_comes_after_it()
    {
        _channel.DeclareQueue("q");
        Publish("before");
        Apply("q", ("x-message-ttl", 1000));
        Publish("after");
        _broker.AdvanceWhenDue(TimeSpan.FromHours(1));
        Assert.Equal("before", _channel.Get("q", noAck: true)!.Value.Content.Body);
        Assert.Equal(0, _broker.Queue("q").Ready);
        Publish("next");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(999));
        Assert.Equal(1, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_shorter_time_to_live_is_seen_at_once()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-message-ttl", 60_000)));
        Publish("x");
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(5));
        Apply("q", ("x-message-ttl", 10_000));
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(5));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void An_idle_time_comes_and_goes()
    {
        _channel.DeclareQueue("q");
        Apply("q", ("x-expires", 1000));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(999));
        Apply("q");
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(5));
        Apply("q", ("x-expires", 1000));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(999));
        Assert.True(_broker.QueueExists("q"));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.False(_broker.QueueExists("q"));
    }

    [Fact]
    public void Counts_of_deliveries_survive_another_limit()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        Publish("x");
        for (var i = 0; i < 3; i++)
            _channel.Send(new BasicNack(_channel.Get("q")!.Value.Get.DeliveryTag, false, true));
        Apply("q", ("x-queue-type", "quorum"), ("x-delivery-limit", 3));
        var got = _channel.Get("q")!.Value;
        Assert.Equal("x-delivery-count=3", HeaderText.Of(got.Content.Properties.Headers));
        _channel.Send(new BasicNack(got.Get.DeliveryTag, false, true));
        Assert.Equal(new QueueSnapshot("q", 0, 0, 0), _broker.Queue("q"));
    }

    private void Publish(params string[] bodies)
    {
        foreach (var body in bodies)
            _channel.Publish(body, "q");
    }

    private void Apply(string name, params (string, object?)[] arguments)
    {
        _broker.Step(Command.Due()); // A policy changes in a step: at this moment.
        var queue = _broker.Engine.Host.Queues.Find(new ShortString(name).Span)!;
        queue.Apply(QueueRules.Of(FieldTable.Create(arguments), queue.Type, Profile.V42));
        _broker.Step(Command.Due());
    }
}
