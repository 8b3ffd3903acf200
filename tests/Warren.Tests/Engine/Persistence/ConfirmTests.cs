using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>What waits for the disk before a client hears of it, and what does not.</summary>
public sealed class ConfirmTests : IDisposable
{
    private static readonly BasicProperties Persistent = new() { DeliveryMode = 2 };

    private readonly DurableBroker _durable = new();
    private readonly TestChannel _channel;

    public ConfirmTests()
    {
        _channel = _durable.OpenChannel();
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("transient");
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        _durable.IsDiskHeld = true;
    }

    public void Dispose() => _durable.Dispose();

    [Fact]
    public void I7_a_confirm_comes_when_the_message_is_on_disk_and_not_before()
    {
        Publish("q");
        var first = _durable.Journal.Position;
        Publish("q");
        Publish("q");
        _channel.ExpectNothing();
        _durable.Broker.Persist(first);
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal(new BasicAck(3, Multiple: true), _channel.Expect<BasicAck>());
        _durable.Persist();
        _channel.ExpectNothing();
    }

    [Fact]
    public void I7_transient_messages_are_confirmed_at_once_but_not_before_those_that_wait()
    {
        Publish("transient");
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.Publish("x", "q");
        Assert.Equal(new BasicAck(2), _channel.Expect<BasicAck>());
        Publish("q");
        Publish("transient");
        _channel.Publish("x", "q");
        Publish("nowhere");
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal(new BasicAck(6, Multiple: true), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void I7_another_channel_does_not_wait_for_this_ones_messages()
    {
        var other = _channel.Connection.OpenChannel(2);
        other.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        Publish("q");
        other.Publish("x", "transient");
        Assert.Equal(new BasicAck(1), other.Expect<BasicAck>());
        _channel.ExpectNothing();
    }

    [Fact]
    public void I7_multiple_never_spans_a_nack()
    {
        _durable.IsDiskHeld = false;
        _channel.DeclareQueue("full", durable: true, arguments: FieldTable.Create(("x-max-length", 1), ("x-overflow", "reject-publish")));
        _durable.IsDiskHeld = true;
        Publish("q");
        Publish("full");
        var first = _durable.Journal.Position;
        Publish("full");
        Publish("full");
        Publish("q");
        _channel.ExpectNothing();
        _durable.Broker.Persist(first);
        Assert.Equal(new BasicAck(2, Multiple: true), _channel.Expect<BasicAck>());
        _channel.ExpectNothing(); // The publish behind it is not on disk, and its batch ends there.
        _durable.Persist();
        Assert.Equal(new BasicNack(3), _channel.Expect<BasicNack>());
        Assert.Equal(new BasicNack(4), _channel.Expect<BasicNack>());
        Assert.Equal(new BasicAck(5), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void I7_a_message_that_leaves_at_once_waits_for_nothing()
    {
        _channel.Consume("q", noAck: true);
        Publish("q");
        _channel.ExpectDelivery("x");
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void I7_a_message_that_dies_at_once_waits_for_its_dead_letter()
    {
        _durable.IsDiskHeld = false;
        _channel.DeclareQueue("dlq", durable: true, arguments: FieldTable.Create(("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")));
        _durable.IsDiskHeld = true;
        Publish("dlq");
        Assert.Equal(1, _durable.Broker.Queue("q").Ready);
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void Deliveries_do_not_wait_for_the_disk()
    {
        var consumer = _durable.OpenChannel();
        consumer.Consume("q");
        Publish("q");
        consumer.Send(new BasicAck(consumer.ExpectDelivery("x", redelivered: false), false));
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I5_a_dead_letter_waits_for_the_disk_if_the_message_that_died_would_come_back(bool wasOnDisk)
    {
        _durable.IsDiskHeld = false;
        _channel.DeclareQueue("dlq", durable: true, arguments: FieldTable.Create(("x-message-ttl", 100), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")));
        var consumer = _durable.OpenChannel();
        consumer.Consume("q");
        if (wasOnDisk)
            Publish("dlq");
        else
            _channel.Publish("x", "dlq"); // A transient one would not.
        _durable.IsDiskHeld = true;
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        if (wasOnDisk)
        {
            consumer.ExpectNothing();
            _durable.Persist();
        }
        consumer.ExpectDelivery("x", redelivered: false);
    }

    [Fact]
    public void I8_each_answer_that_promises_something_durable_waits_and_everything_behind_it_on_the_channel()
    {
        Wait<ExchangeDeclare, ExchangeDeclareOk>(new ExchangeDeclare("e", "fanout", Durable: true));
        Wait<QueueDeclare, QueueDeclareOk>(new QueueDeclare("new", Durable: true));
        Wait<QueueBind, QueueBindOk>(new QueueBind("new", "e", "k"));
        Wait<ExchangeBind, ExchangeBindOk>(new ExchangeBind("amq.fanout", "e", "k"));
        Wait<ExchangeUnbind, ExchangeUnbindOk>(new ExchangeUnbind("amq.fanout", "e", "k"));
        Wait<QueueUnbind, QueueUnbindOk>(new QueueUnbind("new", "e", "k", default));
        _channel.Publish("x", "new", properties: Persistent);
        _durable.Persist();
        _channel.Expect<BasicAck>();
        Wait<QueuePurge, QueuePurgeOk>(new QueuePurge("new"));
        Wait<QueueDelete, QueueDeleteOk>(new QueueDelete("new"));
        Wait<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("e"));
        var tx = _durable.OpenChannel();
        tx.Ask<TxSelect, TxSelectOk>(default);
        tx.Publish("x", "q", properties: Persistent);
        tx.Send(default(TxCommit));
        tx.ExpectNothing();
        _durable.Persist();
        tx.Expect<TxCommitOk>();
        tx.Ask<TxCommit, TxCommitOk>(default); // Nothing has changed: nothing is waited for.
    }

    [Fact]
    public void I8_a_second_declaration_waits_for_the_first_ones_record()
    {
        var other = _durable.OpenChannel();
        _channel.Send(new QueueDeclare("new", Durable: true));
        other.Send(new QueueDeclare("new", Durable: true));
        other.ExpectNothing();
        var third = _durable.OpenChannel();
        third.Send(new QueueDeclare("new", Passive: true));
        third.ExpectNothing();
        _durable.Persist();
        other.Expect<QueueDeclareOk>();
        third.Expect<QueueDeclareOk>();
    }

    [Fact]
    public void Answers_about_what_does_not_survive_wait_for_nothing()
    {
        Publish("q");
        var other = _durable.OpenChannel();
        other.DeclareQueue("mine", durable: true, exclusive: true);
        other.DeclareExchange("passing", "fanout");
        other.Bind("mine", "passing");
        other.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("mine"));
        other.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("mine", "passing", "", default));
        other.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("mine"));
        other.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("passing"));
    }

    [Fact]
    public void The_order_of_frames_on_a_channel_stays_and_other_channels_go_on()
    {
        _channel.Publish("x", "transient");
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.Send(new QueueDeclare("new", Durable: true));
        _channel.Send(new BasicConsume("transient", "tag"));
        _channel.Send(new BasicQos(0, 7));
        _channel.Publish("y", "transient");
        _channel.ExpectNothing();
        Assert.Equal(2, _durable.Broker.Queue("transient").Ready);
        var other = _channel.Connection.OpenChannel(2);
        Assert.Equal("x", other.Get("transient", noAck: true)!.Value.Content.Body);

        _durable.Persist();
        _channel.Expect<QueueDeclareOk>();
        _channel.Expect<BasicConsumeOk>();
        _channel.Expect<BasicQosOk>();
        Assert.Equal(new BasicAck(2), _channel.Expect<BasicAck>());
        _channel.ExpectDelivery("y");
        _channel.ExpectNothing();
    }

    [Fact]
    public void Each_answer_comes_when_its_own_change_is_on_disk()
    {
        _channel.Send(new QueueDeclare("a", Durable: true));
        var first = _durable.Journal.Position;
        _channel.Send(new BasicQos(0, 7));
        _channel.Send(new QueueDeclare("b", Durable: true));
        _channel.Send(new BasicQos(0, 8));
        _durable.Broker.Persist(first);
        Assert.Equal("a", _channel.Expect<QueueDeclareOk>().Queue.ToString());
        _channel.Expect<BasicQosOk>();
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal("b", _channel.Expect<QueueDeclareOk>().Queue.ToString());
        _channel.Expect<BasicQosOk>();
    }

    [Fact]
    public void An_error_comes_behind_the_answers_and_confirms_that_were_due_before_it()
    {
        Publish("q");
        _channel.Send(new QueueDeclare("new", Durable: true));
        _channel.Send(new QueueDeclare("none", Passive: true));
        _channel.ExpectNothing();
        _durable.Persist();
        _channel.Expect<QueueDeclareOk>();
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.ExpectClose(ReplyCode.NotFound, "no queue 'none' in vhost '/'", MethodId.QueueDeclare);
    }

    [Fact]
    public void A_channel_that_is_closed_gets_its_confirms_first_and_its_number_is_free_then()
    {
        Publish("q");
        _channel.Send(new ChannelClose(200, "bye"));
        _channel.ExpectNothing();
        _durable.Persist();
        Assert.Equal(new BasicAck(1), _channel.Expect<BasicAck>());
        _channel.Expect<ChannelCloseOk>();
        _channel.Connection.OpenChannel();
        _durable.Persist();
        _channel.ExpectNothing();
    }

    [Fact]
    public void A_connection_that_is_closed_or_lost_leaves_nothing_that_waits()
    {
        var other = _durable.OpenChannel();
        other.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        foreach (var channel in new[] { _channel, other })
        {
            channel.Publish("x", "q", properties: Persistent);
            channel.Send(new QueueDeclare("new", Durable: true));
        }
        _channel.Connection.Lose();
        other.Connection.Send(0, new ConnectionClose(200, "bye"));
        other.Connection.Zero.Expect<ConnectionCloseOk>();
        Assert.True(other.Connection.IsClosed);
        _durable.Persist();
        other.ExpectNothing();
        _channel.ExpectNothing();
        Assert.Equal(0, _durable.Broker.Engine.Host.Records!.Waits.Count);
        Assert.Equal(2, _durable.Broker.Queue("q").Ready);
    }

    [Fact]
    public void Who_fails_when_the_disk_has_come_so_far_does_not_hold_up_the_others()
    {
        List<(ConnectionId? Connection, Exception Exception)> failures = [];
        _durable.Broker.Failures = failures;
        var waits = _durable.Broker.Engine.Host.Records!.Waits;
        waits.Add(new FailingWait());
        Publish("q");
        _durable.Persist();
        _channel.Expect<BasicAck>();
        Assert.Single(failures);

        waits.Open(new FailingWait());
        Publish("q");
        _durable.Persist();
        _channel.Expect<BasicAck>();
        Assert.Equal(2, failures.Count);
        Assert.Equal(0, waits.Count);
    }

    [Fact]
    public void A_client_that_asks_on_and_on_is_not_read_from_while_much_waits_for_it()
    {
        _durable.IsDiskHeld = false;
        for (var i = 0; i < 3; i++)
            _channel.Publish(new string('x', 600_000), "q", properties: Persistent);
        _durable.IsDiskHeld = true;
        var client = _durable.OpenChannel();
        client.Send(new QueueDeclare("new", Durable: true));
        for (var i = 0; i < 3; i++)
            client.Send(new BasicGet("q", true));
        Assert.True(client.Connection.IsPaused);
        _durable.Persist();
        Assert.False(client.Connection.IsPaused);
        client.Expect<QueueDeclareOk>();
        for (var i = 0; i < 3; i++)
        {
            client.Expect<BasicGetOk>();
            Assert.Equal(600_000, client.ExpectContent().Body.Length);
        }
    }

    [Fact]
    public void I16_nothing_that_waits_is_ever_answered_when_the_disk_has_failed()
    {
        Publish("q");
        _channel.Send(new QueueDeclare("new", Durable: true));
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromDays(1));
        _durable.Broker.Step(Command.Shutdown());
        _channel.ExpectNothing();
    }

    [Fact]
    public void Nothing_is_allocated_for_a_persistent_message_in_the_steady_state()
    {
        using var effects = new SilentEffects();
        var engine = new BrokerEngine(new EngineOptions(), effects, effects, effects);
        var road = new PersistentRoad(engine, effects);
        for (var i = 0; i < 3000; i++)
            road.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            road.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Publish(string queue) => _channel.Publish("x", queue, properties: Persistent);

    private void Wait<TMethod, TAnswer>(in TMethod method)
        where TMethod : struct, IMethod
        where TAnswer : struct, IMethod<TAnswer>
    {
        _channel.Send(method);
        _channel.Send(new BasicQos(0, 1));
        _channel.ExpectNothing();
        _durable.Persist();
        _channel.Expect<TAnswer>();
        _channel.Expect<BasicQosOk>();
    }

    private sealed class FailingWait : JournalWait
    {
        public override void Close(long position)
        {
        }

        public override void Reach(long position) => throw new InvalidOperationException("On purpose.");
    }
}
