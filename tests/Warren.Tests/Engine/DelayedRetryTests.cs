using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Row 92: messages that come back to a quorum queue of profile 4.3 wait before they are ready again.</summary>
public sealed class DelayedRetryTests : IDisposable
{
    private readonly EngineHarness _broker = new(new EngineOptions { Profile = Profile.V43 });
    private readonly TestChannel _channel;

    public DelayedRetryTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_92_each_failure_waits_longer_up_to_the_maximum()
    {
        Declare("failed", 1000, 2500);
        _channel.Publish("x", "q");
        foreach (var ms in (int[])[1000, 2000, 2500, 2500])
        {
            _channel.Send(new BasicReject(Take(), Requeue: true));
            ExpectBackAfter(ms);
        }
    }

    [Fact]
    public void Row_92_what_waits_counts_and_fills_its_queue()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(
            ("x-queue-type", "quorum"), ("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 1000), ("x-max-length", 1), ("x-overflow", "reject-publish")));
        _channel.Publish("x", "q");
        _channel.Send(new BasicNack(Take(), Multiple: false, Requeue: true));

        _channel.Publish("refused", "q");

        Assert.Equal(new QueueSnapshot("q", 0, 0, 0) { Delayed = 1 }, _broker.Queue("q"));
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        Assert.Equal(["x"], _channel.Drain("q"));
    }

    [Fact]
    public void Row_92_a_return_that_is_no_failure_waits_for_the_minimum()
    {
        Declare("all", 1000, 5000);
        _channel.Publish("x", "q");
        for (var i = 0; i < 3; i++)
        {
            _channel.Send(new BasicNack(Take(), Multiple: false, Requeue: true));
            ExpectBackAfter(1000);
        }
    }

    [Theory]
    [InlineData("failed", true, false)]
    [InlineData("returned", false, true)]
    [InlineData("all", true, true)]
    [InlineData("disabled", false, false)]
    public void Row_92_the_type_says_which_returns_wait(string type, bool delaysReject, bool delaysNack)
    {
        Declare(type, 1000, 1000);
        _channel.Publish("x", "q");
        _channel.Send(new BasicReject(Take(), Requeue: true));
        Assert.Equal(delaysReject ? 0 : 1, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        _channel.Send(new BasicNack(Take(), Multiple: false, Requeue: true));
        Assert.Equal(delaysNack ? 0 : 1, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Row_92_the_maximum_is_the_minimum_where_none_is_named_and_without_a_minimum_nothing_waits()
    {
        Declare("all", 1000, null);
        _channel.Publish("x", "q");
        for (var i = 0; i < 2; i++)
        {
            _channel.Send(new BasicReject(Take(), Requeue: true));
            ExpectBackAfter(1000);
        }
        _channel.DeclareQueue("none", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delayed-retry-type", "all"), ("x-delayed-retry-max", 5)));
        _channel.Publish("x", "none");
        _channel.Send(new BasicReject(_channel.Get("none")!.Value.Get.DeliveryTag, Requeue: true));
        Assert.Equal(1, _broker.Queue("none").Ready);
    }

    [Fact]
    public void Row_92_what_waits_holds_up_nobody_and_comes_to_a_consumer_by_itself()
    {
        Declare("all", 1000, 1000);
        foreach (var body in (string[])["a", "b"])
            _channel.Publish(body, "q");
        _channel.Qos(1);
        _channel.Consume("q");
        _channel.Send(new BasicNack(_channel.ExpectDelivery("a"), Multiple: false, Requeue: true));
        _channel.Send(new BasicAck(_channel.ExpectDelivery("b")));
        _channel.ExpectNothing();
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        _channel.ExpectDelivery("a", redelivered: true);
    }

    [Fact]
    public void Row_92_a_lost_consumer_is_a_failure_and_the_delivery_limit_does_not_wait()
    {
        _channel.DeclareQueue("dead", durable: true);
        Declare("failed", 1000, 1000, ("x-delivery-limit", 1), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"));
        _channel.Publish("x", "q");
        for (var i = 0; i < 2; i++)
        {
            var victim = _broker.OpenChannel();
            victim.Consume("q");
            victim.ExpectDelivery("x");
            victim.Connection.Lose();
            Assert.Equal(0, _broker.Queue("q").Ready);
            _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(["x"], _channel.Drain("dead"));
    }

    [Fact]
    public void Row_92_what_waits_goes_with_a_purge_and_with_its_queue()
    {
        Declare("all", 1000, 1000);
        _channel.Publish("x", "q");
        _channel.Send(new BasicNack(Take(), Multiple: false, Requeue: true));
        Assert.Equal(1u, _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q")).MessageCount);
        _channel.Publish("y", "q");
        _channel.Send(new BasicNack(Take(), Multiple: false, Requeue: true));
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        Assert.Equal((0L, long.MaxValue), (_broker.Engine.MessageOctets, _broker.Engine.NextDueTicks));
    }

    [Fact]
    public void Row_92_Row_154_a_policy_delays_too()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        var policy = new Policy("p", "^q$", FieldTable.Create(("delayed-retry-type", "all"), ("delayed-retry-min", 500), ("delayed-retry-max", 1000)));
        Assert.Null(policy.Fault(Profile.V43, isForOperator: false));
        Assert.NotNull(policy.Fault(Profile.V42, isForOperator: false));
        _broker.Step(Command.PoliciesChanged(new PolicySet([policy], [])));
        _channel.Publish("x", "q");
        _channel.Send(new BasicReject(Take(), Requeue: true));
        ExpectBackAfter(500);
        _channel.Send(new BasicReject(Take(), Requeue: true));
        ExpectBackAfter(1000);
    }

    [Fact]
    public void Row_92_the_largest_delays_do_not_overflow()
    {
        const long Largest = 10L * 365 * 24 * 60 * 60 * 1000;
        Declare("all", Largest, Largest);
        _channel.Publish("x", "q");
        _channel.Send(new BasicReject(Take(), Requeue: true));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(Largest - 1));
        Assert.Equal(0, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        _channel.Send(new BasicReject(Take(), Requeue: true));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    private void Declare(string type, object min, object? max, params (string, object?)[] more) => _channel.DeclareQueue(
        "q", durable: true,
        arguments: FieldTable.Create(
            [("x-queue-type", "quorum"), ("x-delayed-retry-type", type), ("x-delayed-retry-min", min), .. max is null ? [] : new (string, object?)[] { ("x-delayed-retry-max", max) }, .. more]));

    private ulong Take() => _channel.Get("q")!.Value.Get.DeliveryTag;

    private void ExpectBackAfter(int ms)
    {
        Assert.Equal(new QueueSnapshot("q", 0, 0, 0) { Delayed = 1 }, _broker.Queue("q"));
        Assert.Null(_channel.Get("q"));
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(ms) - TimeSpan.FromTicks(1));
        Assert.Equal(0, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromTicks(1));
        Assert.Equal(1, _broker.Queue("q").Ready);
    }
}
