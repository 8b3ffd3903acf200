using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class ExpiryTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public ExpiryTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Theory]
    [InlineData(1000, 500, 500)]
    [InlineData(500, 1000, 500)]
    [InlineData(700, null, 700)]
    [InlineData(null, 700, 700)]
    public void The_smaller_of_the_queues_and_the_messages_time_to_live_counts(int? queueMs, int? messageMs, int expectedMs)
    {
        _channel.DeclareQueue("q", arguments: queueMs is null ? default : FieldTable.Create(("x-message-ttl", queueMs)));
        Publish("x", messageMs);
        Advance(expectedMs - 1);
        Assert.Equal(1, _broker.Queue("q").Ready);
        Advance(1);
        Assert.Equal(0, _broker.Queue("q").Ready);
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    [Fact]
    public void What_comes_back_together_expires_only_at_the_head()
    {
        _channel.DeclareQueue("together");
        _channel.Publish("first", "together");
        _channel.Get("together");
        var other = _broker.OpenChannel();
        other.Consume("together");
        _channel.Publish("second", "together", properties: new BasicProperties { Expiration = "0" });
        other.ExpectDelivery("second");
        _channel.Send(new BasicNack(1, false, Requeue: true));
        other.ExpectDelivery("first", redelivered: true);
        other.Close();
        Assert.Equal(2, _broker.Queue("together").Ready);
        Assert.Equal(["first"], _channel.Drain("together"));
    }

    [Fact]
    public void A_short_time_to_live_behind_a_long_one_waits()
    {
        _channel.DeclareQueue("q");
        Publish("long", 1000);
        Publish("short", 100);
        Advance(999);
        Assert.Equal(2, _broker.Queue("q").Ready);
        Advance(1);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_message_without_expiration_at_the_head_keeps_those_behind_it()
    {
        _channel.DeclareQueue("q");
        Publish("stays", null);
        Publish("short", 100);
        Advance(5000);
        Assert.Equal(2, _broker.Queue("q").Ready);
        Assert.Equal(["stays"], _channel.Drain("q"));
    }

    [Fact]
    public void The_head_that_basic_get_uncovers_expires_on_time()
    {
        _channel.DeclareQueue("q");
        Publish("first", null);
        Publish("second", 100);
        Assert.Equal("first", _channel.Get("q", noAck: true)!.Value.Content.Body);
        Advance(100);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Time_to_live_0_is_delivered_to_a_consumer_that_is_free_or_expires_at_once()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-message-ttl", 0)));
        Publish("nobody", null);
        Assert.Equal(0, _broker.Queue("q").Ready);
        _channel.Qos(1);
        _channel.Consume("q");
        Publish("taken", null);
        Publish("too late", null);
        var tag = _channel.ExpectDelivery("taken");
        _channel.Send(new BasicAck(tag));
        _channel.ExpectNothing();
    }

    [Fact]
    public void A_consumer_never_gets_what_has_expired_even_when_nobody_has_told_the_time()
    {
        _channel.DeclareQueue("q");
        Publish("expired", 100);
        Publish("fresh", 5000);
        _broker.Pass(TimeSpan.FromSeconds(1));
        _channel.Consume("q", noAck: true);
        _channel.ExpectDelivery("fresh");
        _channel.ExpectNothing();
    }

    [Fact]
    public void Messages_expire_on_time_when_the_host_looks_only_when_asked()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-message-ttl", 300)));
        _channel.DeclareQueue("other");
        Publish("a", null);
        Publish("b", 100);
        _channel.Publish("c", "other", properties: new BasicProperties { Expiration = "250" });
        AdvanceWhenDue(250);
        Assert.Equal((2, 0), (_broker.Queue("q").Ready, _broker.Queue("other").Ready));
        AdvanceWhenDue(50);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Unacknowledged_messages_do_not_expire_and_do_when_they_come_back_too_late()
    {
        _channel.DeclareQueue("q");
        Publish("x", 100);
        var (get, _) = _channel.Get("q")!.Value;
        Advance(1000);
        Assert.Equal(1, _broker.Queue("q").Unacknowledged);
        _channel.Send(new BasicReject(get.DeliveryTag, Requeue: true));
        Assert.Equal(new QueueSnapshot("q", 0, 0, 0), _broker.Queue("q"));
    }

    [Fact]
    public void What_a_consumer_got_at_once_expires_when_it_comes_back_to_a_queue_that_asks_for_nothing()
    {
        _channel.DeclareQueue("q");
        _channel.Consume("q", "t");
        Publish("in time", 100);
        Publish("late", 50);
        _channel.ExpectDelivery("in time");
        _channel.ExpectDelivery("late");
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("t"));
        Advance(50);
        _channel.Send(new BasicNack(0, Multiple: true, Requeue: true));
        Assert.Equal(2, _broker.Queue("q").Ready); // The late one is not at the head.
        AdvanceWhenDue(50);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void The_expiration_stays_with_a_message_that_is_delivered()
    {
        _channel.DeclareQueue("q");
        Publish("x", 100);
        Assert.Equal("100", _channel.Get("q")!.Value.Content.Properties.Expiration.ToString());
    }

    [Fact]
    public void A_transaction_starts_the_time_to_live_at_its_commit()
    {
        _channel.DeclareQueue("q");
        _channel.Ask<TxSelect, TxSelectOk>(default);
        Publish("x", 100);
        Advance(1000);
        _channel.Ask<TxCommit, TxCommitOk>(default);
        Advance(99);
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Ten_thousand_that_expire_together_take_several_steps()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-message-ttl", 100)));
        _broker.BatchUnchecked(() =>
        {
            for (var i = 0; i < 10_000; i++)
                Publish("x", null);
        });
        Advance(100);
        Assert.InRange(_broker.Queue("q").Ready, 1, 9_999);
        AdvanceWhenDue(1);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    /// <summary>Row 77.</summary>
    [Fact]
    public void An_idle_queue_ends()
    {
        DeclareIdle();
        Advance(999);
        Assert.True(_broker.QueueExists("idle"));
        Advance(1);
        Assert.False(_broker.QueueExists("idle"));
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    [Theory]
    [InlineData("declare", true)]
    [InlineData("passive declare", true)]
    [InlineData("get", true)]
    [InlineData("publish", false)]
    [InlineData("purge", false)]
    public void Declaring_and_getting_are_use_and_publishing_is_not(string what, bool isUse)
    {
        DeclareIdle();
        Advance(900);
        switch (what)
        {
            case "declare": DeclareIdle(); break;
            case "passive declare": _channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare("idle", Passive: true)); break;
            case "get": _channel.Get("idle"); break;
            case "publish": _channel.Publish("x", "idle"); break;
            default: _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("idle")); break;
        }
        AdvanceWhenDue(999);
        Assert.Equal(isUse, _broker.QueueExists("idle"));
        AdvanceWhenDue(1);
        Assert.False(_broker.QueueExists("idle"));
    }

    [Fact]
    public void A_queue_with_a_consumer_is_not_idle_until_the_last_one_leaves()
    {
        DeclareIdle();
        _channel.Consume("idle", "a");
        _channel.Consume("idle", "b");
        AdvanceWhenDue(5000);
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("a"));
        AdvanceWhenDue(5000);
        Assert.True(_broker.QueueExists("idle"));
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("b"));
        AdvanceWhenDue(999);
        Assert.True(_broker.QueueExists("idle"));
        AdvanceWhenDue(1);
        Assert.False(_broker.QueueExists("idle"));
    }

    [Fact]
    public void A_deleted_queue_leaves_no_deadline_behind()
    {
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-message-ttl", 1000), ("x-expires", 5000)));
        Publish("x", null);
        Assert.NotEqual(long.MaxValue, _broker.Engine.NextDueTicks);
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    private void DeclareIdle() => _channel.DeclareQueue("idle", arguments: FieldTable.Create(("x-expires", 1000)));

    private void Publish(string body, int? expirationMs) =>
        _channel.Publish(body, "q", properties: expirationMs is { } ms ? new BasicProperties { Expiration = $"{ms}" } : null);

    private void Advance(int ms) => _broker.Advance(TimeSpan.FromMilliseconds(ms));

    private void AdvanceWhenDue(int ms) => _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(ms));
}
