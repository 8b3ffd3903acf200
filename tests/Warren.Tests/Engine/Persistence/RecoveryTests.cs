using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>What survives a crash, and what does not.</summary>
public sealed class RecoveryTests : IDisposable
{
    private static readonly BasicProperties Persistent = new() { DeliveryMode = 2 };

    private readonly DurableBroker _durable = new();
    private TestChannel _channel;

    public RecoveryTests() => _channel = _durable.OpenChannel();

    public void Dispose() => _durable.Dispose();

    [Fact]
    public void I8_durable_exchanges_queues_and_bindings_come_back_and_others_do_not()
    {
        DeclareExchange("kept", "topic", FieldTable.Create(("alternate-exchange", "amq.fanout")));
        _channel.DeclareExchange("gone", "topic");
        _channel.DeclareQueue("q", durable: true, autoDelete: true, arguments: FieldTable.Create(("x-max-length", 7)));
        _channel.DeclareQueue("transient");
        _channel.DeclareQueue("mine", durable: true, exclusive: true);
        _channel.Bind("q", "kept", "a.#", FieldTable.Create(("x", 1)));
        _channel.Bind("q", "amq.direct", "d");
        _channel.Bind("q", "gone", "x");
        _channel.Bind("transient", "kept", "x");
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("amq.fanout", "kept", "e"));
        Crash();

        Assert.Equal((1, 1, 3, 0), (_durable.Report.Exchanges, _durable.Report.Queues, _durable.Report.Bindings, _durable.Report.Messages));
        Assert.Empty(_durable.Report.Faults);
        var topology = _durable.Broker.Engine.ExportTopology();
        var exchange = Assert.Single(topology.Exchanges);
        Assert.Equal(new ExchangeDefinition("kept", "topic", true, false, false, FieldTable.Create(("alternate-exchange", "amq.fanout"))), exchange);
        Assert.Equal(new QueueDefinition("q", true, true, FieldTable.Create(("x-max-length", 7))), Assert.Single(topology.Queues));
        Assert.Equal(["amq.direct>q:d", "kept>amq.fanout:e", "kept>q:a.#"], topology.Bindings.Select(static b => $"{b.Source}>{b.Destination}:{b.RoutingKey}").Order(StringComparer.Ordinal));
        Assert.Equal(FieldTable.Create(("x", 1)), topology.Bindings.Single(static binding => binding.RoutingKey == "a.#").Arguments);
    }

    [Fact]
    public void I8_deleted_and_unbound_things_stay_gone()
    {
        DeclareExchange("e", "direct");
        DeclareExchange("auto", "direct", autoDelete: true);
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("other", durable: true);
        _channel.Bind("q", "e", "k");
        _channel.Bind("other", "e", "k");
        _channel.Bind("other", "auto", "k");
        Publish("x", "q");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("other", "e", "k", default));
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("other", "auto", "k", default)); // And with it the exchange.
        Crash();
        Assert.Equal((1, 1, 0, 0), (_durable.Report.Exchanges, _durable.Report.Queues, _durable.Report.Bindings, _durable.Report.Messages));
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("e"));
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("other"));
        Assert.Empty(_durable.Journal.Live);
    }

    [Fact]
    public void I2_a_message_comes_back_to_the_octet_with_its_address_and_properties()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("r", durable: true);
        DeclareExchange("e", "direct");
        _channel.Bind("q", "e", "k");
        _channel.Bind("r", "e", "hidden");
        var properties = new BasicProperties
        {
            DeliveryMode = 2, ContentType = "text/plain", CorrelationId = "7", MessageId = "m", Timestamp = DateTimeOffset.UnixEpoch, Type = "t", AppId = "a", Priority = 3,
            Headers = FieldTable.Create(("BCC", new List<object?> { "hidden" }), ("x", 1L)),
        };
        _channel.Publish("body", "k", "e", properties: properties);
        Crash();
        foreach (var queue in new[] { "q", "r" })
        {
            var (get, content) = _channel.Get(queue)!.Value;
            Assert.Equal(("e", "k", false), (get.Exchange.ToString(), get.RoutingKey.ToString(), get.Redelivered));
            Assert.Equal("body", content.Body);
            Assert.Equal(("text/plain", "7", "m", "t", "a", 3), (content.Properties.ContentType.ToString(), content.Properties.CorrelationId.ToString(),
                content.Properties.MessageId.ToString(), content.Properties.Type.ToString(), content.Properties.AppId.ToString(), content.Properties.Priority));
            Assert.Equal(FieldTable.Create(("x", 1L)), content.Properties.Headers);
        }
    }

    [Fact]
    public void I1_persistent_messages_come_back_in_order_and_transient_ones_do_not()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("transient");
        _channel.DeclareQueue("quorum", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        for (var i = 0; i < 20; i++)
        {
            _channel.Publish($"{i}", "q", properties: i % 3 == 0 ? BasicProperties.Empty : Persistent);
            _channel.Publish($"{i}", "quorum");
            Publish($"{i}", "transient");
        }
        Crash();
        Assert.Equal(Enumerable.Range(0, 20).Where(static i => i % 3 != 0).Select(static i => $"{i}"), _channel.Drain("q"));
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i}"), _channel.Drain("quorum"));
        Assert.False(_durable.Broker.QueueExists("transient"));
        Assert.Equal(0, _durable.Broker.Engine.MessageOctets);
    }

    [Fact]
    public void A_message_in_many_queues_is_written_once_and_stays_until_the_last_one_is_done()
    {
        for (var i = 0; i < 5; i++)
        {
            _channel.DeclareQueue($"q{i}", durable: true);
            _channel.Bind($"q{i}", "amq.fanout");
        }
        var before = _durable.Journal.AppendedOctets;
        Publish(new string('x', 10_000), "", "amq.fanout");
        Assert.InRange(_durable.Journal.AppendedOctets - before, 10_000, 11_000);
        for (var i = 0; i < 4; i++)
            _channel.Drain($"q{i}");
        Crash();
        Assert.Equal(1, _durable.Report.Messages);
        Assert.Equal(10_000, Assert.Single(_channel.Drain("q4")).Length);
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind is RecordKind.Message or RecordKind.Entry);
    }

    [Fact]
    public void What_a_consumer_without_acknowledgement_gets_at_once_is_never_written()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("other", durable: true);
        _channel.Bind("q", "amq.fanout");
        _channel.Bind("other", "amq.fanout");
        _channel.Consume("q", noAck: true);
        var before = _durable.Journal.Added;
        Publish("x", "q");
        Assert.Equal(before, _durable.Journal.Added - 1); // How far the queue has delivered.
        _channel.ExpectDelivery("x");
        Publish("y", "", "amq.fanout");
        _channel.ExpectDelivery("y");
        Assert.Single(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.Message);
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.Entry);
    }

    [Fact]
    public void I4_what_was_acknowledged_rejected_or_purged_does_not_come_again()
    {
        _channel.DeclareQueue("q", durable: true);
        for (var i = 0; i < 6; i++)
            Publish($"{i}", "q");
        _channel.Send(new BasicAck(Get("q").DeliveryTag, false));
        _channel.Send(new BasicReject(Get("q").DeliveryTag, Requeue: false));
        _channel.Send(new BasicReject(Get("q").DeliveryTag, Requeue: true));
        Crash();
        Assert.Equal(["2", "3", "4", "5"], Bodies("q"));
        _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q"));
        Crash();
        Assert.Equal([], Bodies("q"));
    }

    [Fact]
    public void I4_an_ack_that_is_not_on_disk_is_not_known_and_the_message_comes_again_as_redelivered()
    {
        _channel.DeclareQueue("q", durable: true);
        Publish("x", "q");
        var got = Get("q");
        Assert.False(got.Redelivered);
        _durable.IsDiskHeld = true;
        _channel.Send(new BasicAck(got.DeliveryTag, false));
        Crash();
        Assert.True(Get("q").Redelivered);
    }

    [Fact]
    public void I5_after_a_crash_what_was_delivered_is_redelivered_and_what_was_not_is_not_far_beyond_the_mark()
    {
        _channel.DeclareQueue("q", durable: true);
        PublishMany(2000);
        for (var i = 0; i < 3; i++)
            Get("q");
        Crash();
        _channel.Consume("q", noAck: true);
        var flags = new List<bool>();
        while (_channel.Pending > 0)
        {
            flags.Add(_channel.Expect<BasicDeliver>().Redelivered);
            Assert.Equal($"{flags.Count - 1}", _channel.ExpectContent().Body);
        }
        Assert.Equal(2000, flags.Count);
        Assert.All(flags.Take(3), Assert.True);
        Assert.All(flags.Skip(1600), Assert.False);
        Assert.Equal(flags.OrderDescending(), flags);
    }

    [Fact]
    public void I5_a_message_on_disk_is_not_delivered_before_the_mark_beyond_it_is()
    {
        _channel.DeclareQueue("q", durable: true);
        Publish("x", "q");
        Publish("y", "q");
        _durable.IsDiskHeld = true;
        _channel.Send(new BasicGet("q", false));
        _channel.ExpectNothing();
        var other = _durable.OpenChannel();
        other.Consume("q");
        other.ExpectNothing();
        Assert.Equal(1, _durable.Broker.Queue("q").Ready);
        _durable.Persist();
        Assert.False(_channel.Expect<BasicGetOk>().Redelivered);
        Assert.Equal("x", _channel.ExpectContent().Body);
        other.ExpectDelivery("y", redelivered: false);
    }

    [Fact]
    public void I5_what_comes_and_is_delivered_in_one_step_waits_for_nothing()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.Consume("q");
        _durable.IsDiskHeld = true;
        PublishMany(5000);
        for (var i = 0; i < 5000; i++)
            _channel.ExpectDelivery($"{i}", redelivered: false);
    }

    [Fact]
    public void I3_messages_that_were_requeued_are_at_their_places_after_a_crash()
    {
        _channel.DeclareQueue("q", durable: true);
        for (var i = 0; i < 6; i++)
            Publish($"{i}", "q");
        var tags = Enumerable.Range(0, 4).Select(_ => Get("q").DeliveryTag).ToList();
        _channel.Send(new BasicReject(tags[2], Requeue: true));
        _channel.Send(new BasicReject(tags[0], Requeue: true));
        Crash();
        Assert.Equal(["0", "1", "2", "3", "4", "5"], Bodies("q"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I3_priorities_come_back_in_their_order(bool isQuorum)
    {
        _channel.DeclareQueue("q", durable: true, arguments: isQuorum ? FieldTable.Create(("x-queue-type", "quorum")) : FieldTable.Create(("x-max-priority", 9)));
        for (var i = 0; i < 12; i++)
            _channel.Publish($"{i}", "q", properties: new BasicProperties { DeliveryMode = 2, Priority = (byte)(i % 3 * 4) });
        var expected = isQuorum ? null : new[] { "2", "5", "8", "11", "1", "4", "7", "10", "0", "3", "6", "9" };
        Crash();
        var bodies = _channel.Drain("q");
        if (expected is not null)
            Assert.Equal(expected, bodies);
        else
            Assert.Equal([["2", "5", "8", "11"], ["0", "1", "3", "4", "6", "7", "9", "10"]], [[.. bodies.Where(IsHigh)], bodies.Where(static body => !IsHigh(body)).ToArray()]);
        for (var i = 0; i < 2; i++)
            _channel.Publish($"new{i}", "q", properties: new BasicProperties { DeliveryMode = 2, Priority = 8 });
        Crash();
        Assert.Equal(["new0", "new1"], _channel.Drain("q"));

        static bool IsHigh(string body) => int.Parse(body, System.Globalization.CultureInfo.InvariantCulture) % 3 == 2;
    }

    [Fact]
    public void I17_time_goes_on_while_the_broker_is_down_and_nothing_expires_early()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-message-ttl", 10_000)));
        _channel.DeclareQueue("own", durable: true);
        Publish("old", "q");
        _channel.Publish("own", "own", properties: new BasicProperties { DeliveryMode = 2, Expiration = "10000" });
        _durable.Broker.Pass(TimeSpan.FromSeconds(6));
        Publish("young", "q");
        _durable.Broker.Pass(TimeSpan.FromMilliseconds(3999));
        Crash();
        Assert.Equal(["old", "young"], Bodies("q"));
        Crash();
        _durable.Broker.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["young"], Bodies("q"));
        Assert.Equal([], Bodies("own"));
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(6));
        Crash();
        Assert.Equal((0, 0), (_durable.Report.Messages, _durable.Broker.Queue("q").Ready));
    }

    [Fact]
    public void I17_what_expired_while_the_broker_was_down_becomes_a_dead_letter_with_the_first_step()
    {
        _channel.DeclareQueue("dead", durable: true);
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-message-ttl", 1000), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")));
        Publish("x", "q");
        _durable.Broker.Pass(TimeSpan.FromSeconds(2));
        Crash();
        Assert.Equal(["x"], Bodies("dead"));
        Crash();
        Assert.Equal((1, 0), (_durable.Broker.Queue("dead").Ready, _durable.Broker.Queue("q").Ready));
    }

    [Fact]
    public void Dead_letters_keep_their_history()
    {
        _channel.DeclareQueue("b", durable: true, arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "c")));
        _channel.DeclareQueue("c", durable: true);
        _channel.DeclareQueue("a", durable: true, arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "b")));
        Publish("x", "a");
        _channel.Send(new BasicReject(Get("a").DeliveryTag, Requeue: false));
        Crash();
        _channel.Send(new BasicReject(Get("b").DeliveryTag, Requeue: false));
        Crash();
        var headers = _channel.Get("c")!.Value.Content.Properties.Headers.ToDictionary();
        Assert.Equal(("a", "b"), ($"{headers["x-first-death-queue"]}", $"{headers["x-last-death-queue"]}"));
        Assert.Equal(2, Assert.IsAssignableFrom<System.Collections.ICollection>(headers["x-death"]).Count);
    }

    [Fact]
    public void A_dead_letter_is_either_in_its_queue_or_where_it_goes_whatever_was_on_disk()
    {
        foreach (var isQuorum in new[] { false, true })
        {
            using var durable = new DurableBroker();
            var channel = durable.OpenChannel();
            var arguments = FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"));
            if (isQuorum)
            {
                arguments = FieldTable.Create(
                    ("x-queue-type", "quorum"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"),
                    ("x-overflow", "reject-publish"), ("x-dead-letter-strategy", "at-least-once"));
            }
            channel.DeclareQueue("dead", durable: true);
            channel.DeclareQueue("q", durable: true, arguments: arguments);
            channel.Publish("x", "q", properties: Persistent);
            var start = durable.Journal.Position;
            channel.Send(new BasicReject(channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
            foreach (var seal in durable.Journal.Seals.Where(seal => seal >= start).ToList())
            {
                using var after = new DurableBroker();
                after.Restart(durable.Journal.Crash(seal));
                Assert.Equal(1, after.Broker.Queue("dead").Ready + after.Broker.Queue("q").Ready);
            }
        }
    }

    [Fact]
    public void Letters_that_have_not_arrived_are_sent_again_after_a_crash_and_not_to_whoever_has_them()
    {
        DeclareExchange("dlx", "fanout");
        _channel.DeclareQueue("has", durable: true);
        _channel.DeclareQueue("full", durable: true, arguments: FieldTable.Create(("x-max-length", 0), ("x-overflow", "reject-publish")));
        _channel.Bind("has", "dlx");
        _channel.Bind("full", "dlx");
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(
            ("x-queue-type", "quorum"), ("x-dead-letter-exchange", "dlx"), ("x-overflow", "reject-publish"), ("x-dead-letter-strategy", "at-least-once")));
        Publish("letter", "q");
        _channel.Send(new BasicReject(Get("q").DeliveryTag, Requeue: false));
        Assert.Equal((0, 1, 1), (_durable.Broker.Queue("q").Ready, _durable.Broker.Queue("q").DeadLetters, _durable.Broker.Queue("has").Ready));
        Crash();
        Assert.Equal((0, 1, 1), (_durable.Broker.Queue("q").Ready, _durable.Broker.Queue("q").DeadLetters, _durable.Broker.Queue("has").Ready));
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("full"));
        _durable.Broker.AdvanceWhenDue(new EngineOptions().DeadLetterRetryTime);
        Assert.Equal(0, _durable.Broker.Queue("q").DeadLetters);
        Crash();
        Assert.Equal(["letter"], _channel.Drain("has"));
    }

    [Fact]
    public void I6_the_delivery_count_survives_and_the_limit_holds()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", 2)));
        Publish("x", "q");
        for (var count = 1L; count <= 2; count++)
        {
            _channel.Send(new BasicReject(Get("q").DeliveryTag, Requeue: true));
            Crash();
            Assert.Equal(count, _channel.Get("q")!.Value.Content.Properties.Headers.ToDictionary()["x-delivery-count"]);
            Crash();
        }
        _channel.Send(new BasicReject(Get("q").DeliveryTag, Requeue: true));
        Assert.Equal([], Bodies("q"));
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind is RecordKind.Returns or RecordKind.Message);
    }

    [Fact]
    public void I6_a_message_that_came_back_is_delivered_again_when_its_count_is_on_disk()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        Publish("x", "q");
        _channel.Consume("q");
        var tag = _channel.ExpectDelivery("x");
        _durable.IsDiskHeld = true;
        _channel.Send(new BasicReject(tag, Requeue: true));
        _channel.ExpectNothing();
        _durable.Persist();
        _channel.ExpectDelivery("x", redelivered: true);
    }

    [Fact]
    public void A_delayed_return_waits_on_after_a_crash()
    {
        using var durable = new DurableBroker(new EngineOptions { Profile = Profile.V43 });
        var channel = durable.OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 10_000)));
        channel.Publish("x", "q");
        channel.Send(new BasicReject(channel.Get("q")!.Value.Get.DeliveryTag, Requeue: true));
        durable.Broker.Pass(TimeSpan.FromSeconds(4));
        durable.Crash();
        Assert.Equal((0, 1), (durable.Broker.Queue("q").Ready, durable.Broker.Queue("q").Delayed));
        durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(5999));
        Assert.Equal(1, durable.Broker.Queue("q").Delayed);
        durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.True(durable.OpenChannel().Get("q")!.Value.Get.Redelivered);
    }

    [Fact]
    public void A_message_that_an_exchange_holds_comes_back_and_is_published_at_its_time()
    {
        DeclareExchange("later", "x-delayed-message", FieldTable.Create(("x-delayed-type", "fanout")));
        _channel.DeclareQueue("q", durable: true);
        _channel.Bind("q", "later");
        _channel.Bind("q", "amq.fanout");
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("later", "amq.fanout", ""));
        var properties = new BasicProperties { DeliveryMode = 2, Headers = FieldTable.Create(("x-delay", 5000)) };
        _channel.Publish("held", "", "later", properties: properties);
        _channel.Publish("transient", "", "later", properties: new BasicProperties { Headers = FieldTable.Create(("x-delay", 5000)) });
        _channel.Publish("both", "", "amq.fanout", properties: properties);
        Crash();
        Assert.Equal(3, _durable.Report.Messages);
        Assert.Equal(["both"], _channel.Drain("q"));
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(4999));
        Crash();
        Assert.Equal([], Bodies("q"));
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Crash();
        Assert.Equal(["held", "both"], _channel.Drain("q"));
        _channel.Publish("held", "", "later", properties: properties);
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("later"));
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind is RecordKind.Message or RecordKind.Entry);
    }

    [Fact]
    public void Length_limits_of_a_policy_that_came_meanwhile_hold_with_the_first_step()
    {
        _channel.DeclareQueue("q", durable: true);
        for (var i = 0; i < 5; i++)
            Publish($"{i}", "q");
        _durable.SetPolicies(new PolicySet([new Policy("p", "^q$", FieldTable.Create(("max-length", 2)))], []));
        for (var i = 5; i < 8; i++)
            Publish($"{i}", "q");
        Crash();
        Assert.Equal(["6", "7"], Bodies("q"));
    }

    [Fact]
    public void A_queue_that_expires_without_use_begins_anew()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-expires", 10_000)));
        Publish("x", "q");
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(9));
        Crash();
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(9999));
        Assert.True(_durable.Broker.QueueExists("q"));
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1));
        Assert.False(_durable.Broker.QueueExists("q"));
        Assert.Empty(_durable.Journal.Live);
    }

    [Fact]
    public void I8_messages_that_clients_hold_of_a_deleted_queue_do_not_come_back_with_another_of_its_name()
    {
        _channel.DeclareQueue("q", durable: true);
        Publish("x", "q");
        Publish("y", "q");
        var tag = Get("q").DeliveryTag;
        Get("q");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        _channel.DeclareQueue("q", durable: true);
        _channel.Send(new BasicAck(tag, false));
        Assert.Contains(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.EndedQueue);
        var before = _durable.Journal.Crash(_durable.Broker.Persisted);
        _channel.Send(new BasicNack(0, true, true));
        Assert.Equal(RecordKind.Queue, Assert.Single(_durable.Journal.Live.Values, static record => record.Kind != RecordKind.Watermark).Kind);
        _durable.Restart(before);
        _channel = _durable.OpenChannel();
        Assert.Empty(_durable.Report.Faults);
        Assert.Equal([], Bodies("q"));
        Assert.Equal(RecordKind.Queue, Assert.Single(_durable.Journal.Live.Values).Kind);
    }

    [Fact]
    public void I9_recovering_twice_is_as_recovering_once_also_when_it_dies_in_between()
    {
        _channel.DeclareQueue("q", durable: true);
        for (var i = 0; i < 10; i++)
            Publish($"{i}", "q");
        Get("q");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete(_channel.DeclareQueue("ended", durable: true)));
        Crash();
        var once = _durable.Journal.Live.ToDictionary();
        for (var i = 0; i < 5; i++)
            _durable.Crash(order: new Random(i));
        Assert.Equal(once.Keys, _durable.Journal.Live.Keys);
        _channel = _durable.OpenChannel();
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}"), Bodies("q"));
    }

    [Fact]
    public void I14_messages_of_a_queue_whose_record_is_lost_are_reported_and_left_alone()
    {
        _channel.DeclareQueue("lost", durable: true);
        _channel.DeclareQueue("q", durable: true);
        _channel.Bind("lost", "amq.fanout");
        _channel.Bind("q", "amq.fanout");
        Publish("one", "lost");
        Publish("two", "lost");
        Publish("both", "", "amq.fanout");
        var damaged = _durable.Journal.Crash(_durable.Broker.Persisted);
        damaged.Lose(damaged.Live.First(static record => record.Value.Kind == RecordKind.Queue).Key);
        damaged.Seal();
        for (var i = 0; i < 2; i++)
        {
            _durable.Restart(i == 0 ? damaged : _durable.Journal.Crash(_durable.Journal.Position));
            Assert.Equal(["Binding 1", "Message 3"], _durable.Report.Faults.Select(static fault => $"{fault.Kind} {fault.Count}").Order());
            Assert.Equal(["q"], _durable.Broker.Engine.Snapshot().Queues.Select(static queue => queue.Name.ToString()));
        }
        _channel = _durable.OpenChannel();
        _channel.DeclareQueue("lost", durable: true);
        Assert.Equal([], Bodies("lost"));
        Assert.Equal(["both"], _channel.Drain("q"));
        Assert.Equal(3, _durable.Journal.Live.Values.Count(static record => record.Kind == RecordKind.Message));
    }

    [Fact]
    public void I14_each_record_may_be_lost_or_spoilt_and_the_rest_comes_back()
    {
        DeclareExchange("later", "x-delayed-message", FieldTable.Create(("x-delayed-type", "fanout")));
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("quorum", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        _channel.Bind("q", "later");
        _channel.Bind("quorum", "amq.fanout");
        _channel.Bind("q", "amq.fanout");
        _channel.Publish("held", "", "later", properties: new BasicProperties { DeliveryMode = 2, Headers = FieldTable.Create(("x-delay", 5000)) });
        Publish("x", "", "amq.fanout");
        Publish("y", "quorum");
        _channel.Send(new BasicReject(Get("quorum").DeliveryTag, Requeue: true));
        var whole = _durable.Journal.Crash(_durable.Journal.Position);
        Assert.Equal(8, whole.Live.Values.Select(static record => record.Kind).Distinct().Count() + 1); // No letter, no ended queue.
        foreach (var (id, (kind, octets)) in whole.Live.ToDictionary())
        {
            for (var cut = -1; cut < octets.Length; cut++)
            {
                var damaged = whole.Crash(whole.Position);
                if (cut < 0)
                    damaged.Lose(id);
                else if (kind == RecordKind.Message && cut >= octets.Length - 4)
                    continue; // A body may be shorter.
                else
                    damaged.Spoil(id, kind, octets[..cut]);
                damaged.Seal();
                using var durable = new DurableBroker();
                durable.Restart(damaged);
                Assert.True(cut < 0 || durable.Report.Faults.Any(fault => fault.FirstId == id), $"{kind} {id} cut to {cut} octets");
                durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(6));
                var faults = durable.Report.Faults.ToList();
                durable.Crash();
                Assert.Empty(faults.Select(static fault => fault.FirstId).Except(durable.Report.Faults.Select(static fault => fault.FirstId))); // It is still there.
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(0, 2)]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void I1_a_quorum_queue_goes_on_under_another_profile_whose_priorities_have_other_lines(int before, int after)
    {
        Profile[] profiles = [Profile.V313, Profile.V42, Profile.V43];
        using var first = new DurableBroker(new EngineOptions { Profile = profiles[before] });
        var channel = first.OpenChannel();
        channel.DeclareQueue("quorum", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        PublishOfEachPriority(channel, "first");
        for (var i = 0; i < 3; i++)
            Assert.NotNull(channel.Get("quorum"));
        using var second = new DurableBroker(new EngineOptions { Profile = profiles[after] });
        second.Restart(first.Journal.Crash(first.Broker.Persisted));
        Assert.Empty(second.Report.Faults);
        PublishOfEachPriority(second.OpenChannel(), "second");
        second.Crash();
        Assert.Empty(second.Report.Faults);
        channel = second.OpenChannel();
        PublishOfEachPriority(channel, "third");

        string[] all = [.. new[] { "first", "second", "third" }.SelectMany(static batch => Enumerable.Range(0, 10).Select(priority => $"{batch} {priority}"))];
        Assert.Equal(all.Order(StringComparer.Ordinal), channel.Drain("quorum").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void I8_a_durable_auto_delete_exchange_from_which_nothing_leads_comes_back()
    {
        DeclareExchange("never bound", "direct", autoDelete: true);
        DeclareExchange("bound", "direct", autoDelete: true);
        _channel.DeclareQueue("transient");
        _channel.Bind("transient", "bound", "k");
        Crash();
        Assert.Equal(["bound", "never bound"], _durable.Broker.Engine.ExportTopology().Exchanges.Select(static exchange => exchange.Name.ToString()).Order(StringComparer.Ordinal));

        _channel.DeclareQueue("transient");
        _channel.Bind("transient", "bound", "k");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("transient"));
        Assert.Equal("never bound", Assert.Single(_durable.Broker.Engine.ExportTopology().Exchanges).Name);
    }

    [Fact]
    public void A_message_that_the_journal_refuses_leaves_nothing_to_the_next_one()
    {
        _channel.DeclareQueue("q", durable: true);
        _channel.DeclareQueue("other", durable: true);
        var refused = _durable.OpenChannel();
        _durable.Broker.Failures = [];
        _durable.Broker.BatchUnchecked(() =>
        {
            _durable.Journal.Refuses = true;
            refused.Publish("refused", "q", properties: Persistent);
            _durable.Journal.Refuses = false;
            Publish("taken", "other");
            _channel.Send(new QueuePurge("q", NoWait: true));
        });
        Assert.IsType<OverflowException>(Assert.Single(_durable.Broker.Failures).Exception);
        Assert.Single(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.Message);
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.Entry);
        Crash();
        Assert.Empty(_durable.Report.Faults);
        Assert.Equal([], Bodies("q"));
        Assert.Equal(["taken"], Bodies("other"));
    }

    [Fact]
    public void A_journal_is_needed_to_recover() =>
        Assert.Throws<InvalidOperationException>(() => new EngineHarness().Engine.BeginRecovery(DateTimeOffset.UnixEpoch));

    private void Crash()
    {
        _durable.Crash();
        _channel = _durable.OpenChannel();
    }

    private void Publish(string body, string key, string exchange = "") => _channel.Publish(body, key, exchange, properties: Persistent);

    // In one batch, which is checked at its end.
    private void PublishMany(int count) => _durable.Broker.BatchUnchecked(() =>
    {
        for (var i = 0; i < count; i++)
            Publish($"{i}", "q");
    });

    private BasicGetOk Get(string queue) => _channel.Get(queue)!.Value.Get;

    private void DeclareExchange(string name, string type, FieldTable arguments = default, bool autoDelete = false) =>
        _channel.Ask<ExchangeDeclare, ExchangeDeclareOk>(new ExchangeDeclare(name, type, Durable: true, AutoDelete: autoDelete, Arguments: arguments));

    private static void PublishOfEachPriority(TestChannel channel, string batch)
    {
        for (byte priority = 0; priority < 10; priority++)
            channel.Publish($"{batch} {priority}", "quorum", properties: new BasicProperties { DeliveryMode = 2, Priority = priority });
    }

    // Looked at, and put back.
    private string[] Bodies(string queue)
    {
        var channel = _durable.OpenChannel();
        var bodies = new List<string>();
        while (channel.Get(queue) is { } got)
            bodies.Add(got.Content.Body);
        channel.Close();
        return [.. bodies];
    }
}
