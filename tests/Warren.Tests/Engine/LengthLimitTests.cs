using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class LengthLimitTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public LengthLimitTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("dead");
    }

    public void Dispose() => _broker.Dispose();

    /// <summary>Row 78.</summary>
    [Fact]
    public void The_oldest_go_when_there_are_too_many()
    {
        Declare(("x-max-length", 2));
        foreach (var body in (string[])["a", "b", "c", "d"])
            _channel.Publish(body, "q");
        Assert.Equal(["c", "d"], _channel.Drain("q"));
        Assert.Equal(["a", "b"], _channel.Drain("dead"));
    }

    [Fact]
    public void Octets_of_bodies_count_and_a_body_that_is_too_large_alone_goes_with_all_others()
    {
        Declare(("x-max-length-bytes", 5));
        foreach (var body in (string[])["123", "45", "6", "1234567", "", "12345"])
            _channel.Publish(body, "q");
        Assert.Equal(["", "12345"], _channel.Drain("q"));
        Assert.Equal(["123", "45", "6", "1234567"], _channel.Drain("dead"));
    }

    [Fact]
    public void Only_ready_messages_count()
    {
        Declare(("x-max-length", 1));
        _channel.Publish("a", "q");
        _channel.Get("q");
        _channel.Publish("b", "q");
        Assert.Equal((1, 1), (_broker.Queue("q").Ready, _broker.Queue("q").Unacknowledged));
    }

    [Fact]
    public void Length_0_delivers_to_a_consumer_that_is_free()
    {
        Declare(("x-max-length", 0));
        _channel.Publish("nobody", "q");
        _channel.Consume("q", noAck: true);
        _channel.Publish("somebody", "q");
        _channel.ExpectDelivery("somebody");
        Assert.Equal(["nobody"], _channel.Drain("dead"));
    }

    [Fact]
    public void What_comes_back_to_a_full_queue_is_the_oldest()
    {
        Declare(("x-max-length", 1));
        _channel.Publish("first", "q");
        var tag = _channel.Get("q")!.Value.Get.DeliveryTag;
        _channel.Publish("second", "q");
        _channel.Send(new BasicReject(tag, Requeue: true));
        Assert.Equal(["second"], _channel.Drain("q"));
        Assert.Equal(["first"], _channel.Drain("dead"));
    }

    /// <summary>Row 109.</summary>
    [Fact]
    public void Reject_publish_nacks_in_confirm_mode_and_returns_nothing()
    {
        Declare(("x-max-length", 1), ("x-overflow", "reject-publish"));
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _channel.Publish("a", "q", mandatory: true);
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.Publish("b", "q", mandatory: true);
        Assert.Equal(new BasicNack(2, false, false), _channel.Expect<BasicNack>());
        _channel.ExpectNothing();
        Assert.Equal(["a"], _channel.Drain("q"));
        Assert.Equal(0, _broker.Queue("dead").Ready);
        _channel.Publish("c", "q");
        Assert.Equal(new BasicAck(3), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void Confirms_of_one_batch_are_acks_with_nacks_between()
    {
        Declare(("x-max-length", 2), ("x-overflow", "reject-publish"));
        _channel.DeclareQueue("free");
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _broker.Batch(() =>
        {
            foreach (var queue in (string[])["q", "q", "q", "free", "q", "q", "free", "free"])
                _channel.Publish("x", queue);
        });
        Assert.Equal(new BasicAck(2, true), _channel.Expect<BasicAck>());
        Assert.Equal(3ul, _channel.Expect<BasicNack>().DeliveryTag);
        Assert.Equal(new BasicAck(4, false), _channel.Expect<BasicAck>());
        Assert.Equal(5ul, _channel.Expect<BasicNack>().DeliveryTag);
        Assert.Equal(6ul, _channel.Expect<BasicNack>().DeliveryTag);
        Assert.Equal(new BasicAck(8, true), _channel.Expect<BasicAck>());
        _channel.ExpectNothing();
    }

    [Fact]
    public void One_queue_that_refuses_is_enough_for_a_nack_and_the_other_keeps_the_message()
    {
        Declare(("x-max-length", 0), ("x-overflow", "reject-publish"));
        _channel.DeclareQueue("free");
        _channel.Bind("q", "amq.fanout");
        _channel.Bind("free", "amq.fanout");
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _channel.Publish("x", "", "amq.fanout");
        _channel.Expect<BasicNack>();
        Assert.Equal(["x"], _channel.Drain("free"));
    }

    [Fact]
    public void Reject_publish_dlx_makes_a_dead_letter_of_what_it_nacks()
    {
        Declare(("x-max-length", 1), ("x-overflow", "reject-publish-dlx"));
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _channel.Publish("a", "q");
        _channel.Expect<BasicAck>();
        _channel.Publish("b", "q");
        _channel.Expect<BasicNack>();
        var content = _channel.Get("dead", noAck: true)!.Value.Content;
        Assert.Equal("b", content.Body);
        Assert.Contains("reason=maxlen queue=q", HeaderText.Of(content.Properties.Headers));
    }

    [Fact]
    public void A_full_queue_refuses_even_when_a_consumer_waits()
    {
        Declare(("x-max-length", 0), ("x-overflow", "reject-publish"));
        _channel.Consume("q", noAck: true);
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _channel.Publish("x", "q");
        _channel.Expect<BasicNack>();
        _channel.ExpectNothing();
    }

    [Fact]
    public void What_comes_back_is_never_refused()
    {
        Declare(("x-max-length", 1), ("x-overflow", "reject-publish"));
        _channel.Publish("first", "q");
        var tag = _channel.Get("q")!.Value.Get.DeliveryTag;
        _channel.Publish("second", "q");
        _channel.Send(new BasicReject(tag, Requeue: true));
        Assert.Equal(["first", "second"], _channel.Drain("q"));
    }

    private void Declare(params (string, object?)[] arguments) =>
        _channel.DeclareQueue("q", arguments: FieldTable.Create([.. arguments, ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")]));
}
