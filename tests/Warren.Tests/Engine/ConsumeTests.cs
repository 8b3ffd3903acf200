using FsCheck;
using FsCheck.Fluent;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class ConsumeTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public ConsumeTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("q");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Consumers_take_turns()
    {
        foreach (var tag in new[] { "a", "b", "c" })
            _channel.Consume("q", tag, noAck: true);
        for (var i = 0; i < 6; i++)
            _channel.Publish("x", "q");
        foreach (var tag in new[] { "a", "b", "c", "a", "b", "c" })
            _channel.ExpectDelivery("x", consumer: tag);
    }

    [Fact]
    public void Row_118_no_local_means_nothing_and_no_ack_means_no_acknowledgement()
    {
        _channel.Ask<BasicConsume, BasicConsumeOk>(new BasicConsume("q", "mine", NoLocal: true, NoAck: true));
        _channel.Publish("x", "q");
        var tag = _channel.ExpectDelivery("x", consumer: "mine");
        _channel.Send(new BasicAck(tag));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}", MethodId.BasicAck);
    }

    [Fact]
    public void A_full_consumer_is_passed_over_until_it_acknowledges()
    {
        _channel.Qos(1);
        _channel.Consume("q", "a");
        _channel.Consume("q", "b");
        for (var i = 0; i < 4; i++)
            _channel.Publish($"{i}", "q");
        var first = _channel.ExpectDelivery("0", consumer: "a");
        var second = _channel.ExpectDelivery("1", consumer: "b");
        _channel.ExpectNothing();
        _channel.Send(new BasicAck(second));
        var third = _channel.ExpectDelivery("2", consumer: "b");
        _channel.Send(new BasicAck(third, Multiple: true));
        _channel.ExpectDelivery("3", consumer: "a");
        Assert.Equal(1ul, first);
    }

    /// <summary>Row 121.</summary>
    [Fact]
    public void Prefetch_counts_for_consumers_created_later()
    {
        _channel.Consume("q", "unlimited");
        _channel.Qos(1);
        for (var i = 0; i < 3; i++)
            _channel.Publish("x", "q");
        for (var i = 0; i < 3; i++)
            _channel.ExpectDelivery("x", consumer: "unlimited");
        _channel.Send(new BasicQos(5, 1));
        _channel.Connection.ExpectClose(ReplyCode.NotImplemented, "prefetch_size!=0 (5)", MethodId.BasicQos);
    }

    [Fact]
    public void A_global_prefetch_is_one_limit_for_the_channel()
    {
        _channel.Qos(2, global: true);
        _channel.Consume("q", "a");
        _channel.Consume("q", "b");
        for (var i = 0; i < 4; i++)
            _channel.Publish($"{i}", "q");
        _channel.ExpectDelivery("0");
        var second = _channel.ExpectDelivery("1");
        _channel.ExpectNothing();
        _channel.Send(new BasicAck(second));
        _channel.ExpectDelivery("2");
        _channel.ExpectNothing();
        _channel.Qos(0, global: true);
        _channel.ExpectDelivery("3");
    }

    /// <summary>Row 120.</summary>
    [Fact]
    public void Higher_priorities_come_first_until_they_are_full()
    {
        _channel.Qos(2);
        _channel.Consume("q", "low");
        _channel.Consume("q", "high", arguments: FieldTable.Create(("x-priority", 10)));
        _channel.Consume("q", "lowest", arguments: FieldTable.Create(("x-priority", -1)));
        for (var i = 0; i < 6; i++)
            _channel.Publish("x", "q");
        foreach (var tag in new[] { "high", "high", "low", "low", "lowest", "lowest" })
            _channel.ExpectDelivery("x", consumer: tag);
        _channel.Send(new BasicConsume("q", "t", Arguments: FieldTable.Create(("x-priority", "high"))));
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed, "invalid arg 'x-priority' for queue 'q' in vhost '/': \"expected integer, got longstr\"",
            MethodId.BasicConsume);
    }

    [Fact]
    public void A_connection_without_room_gets_nothing_until_it_has_drained()
    {
        var other = _broker.OpenChannel();
        _channel.Consume("q", noAck: true);
        _channel.Connection.HasRoom = false;
        other.Publish("a", "q");
        other.Publish("b", "q");
        _channel.ExpectNothing();
        Assert.Equal(2, _broker.Queue("q").Ready);
        Assert.NotNull(_channel.Get("q", noAck: true)); // An answer, not a delivery.
        _channel.Connection.Drain();
        _channel.ExpectDelivery("b");
    }

    [Fact]
    public void Tags_are_made_and_cannot_be_used_twice()
    {
        var tag = _channel.Consume("q");
        Assert.StartsWith("amq.ctag-", tag, StringComparison.Ordinal);
        Assert.Equal(31, tag.Length);
        _channel.Send(new BasicConsume("q", tag));
        _channel.Connection.ExpectClose(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{tag}'", MethodId.BasicConsume);
    }

    [Fact]
    public void An_empty_name_is_looked_at_before_the_tag()
    {
        var other = _channel.Connection.OpenChannel(2);
        var tag = other.Consume("q");
        other.Send(new BasicConsume("", tag));
        other.ExpectClose(ReplyCode.NotFound, "no previously declared queue", MethodId.BasicConsume);
    }

    [Fact]
    public void A_global_prefetch_that_is_used_up_holds_up_consumers_without_acknowledgement_too()
    {
        var channel = _broker.OpenChannel();
        channel.DeclareQueue("mixed");
        channel.Consume("mixed", "a");
        channel.Qos(1, global: true);
        channel.Publish("1", "mixed");
        channel.ExpectDelivery("1", consumer: "a");
        channel.Consume("mixed", "b", noAck: true);
        channel.Publish("2", "mixed");
        channel.ExpectNothing();
        channel.Send(new BasicAck(1));
        channel.ExpectDelivery("2");
    }

    [Fact]
    public void Consumers_of_a_channel_are_bounded()
    {
        using var broker = new EngineHarness(new EngineOptions { MaxConsumersPerChannel = 2 });
        var channel = broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Consume("q");
        channel.Consume("q");
        channel.Send(new BasicConsume("q"));
        channel.Connection.ExpectClose(ReplyCode.NotAllowed, "reached maximum (2) of consumers per channel", MethodId.BasicConsume);
    }

    // With a walk over the others for each of them it would take minutes.
    [Fact]
    public void A_hundred_thousand_consumers_with_rising_priorities_come_and_go_together()
    {
        var connection = _broker.Connect();
        _broker.BatchUnchecked(() =>
        {
            for (ushort number = 1; number <= 2; number++)
            {
                var channel = connection.OpenChannelUnanswered(number);
                for (var i = 0; i < 65_535; i++)
                    channel.Send(new BasicConsume("q", $"{number}-{i}", NoAck: true, NoWait: true, Arguments: FieldTable.Create(("x-priority", i))));
            }
        });
        _channel.Publish("x", "q");
        _channel.Publish("y", "q");
        connection.Received(1).Dequeue(); // channel.open-ok
        connection.Received(2).Dequeue();
        var first = new TestChannel(connection, 1);
        var second = new TestChannel(connection, 2);
        first.ExpectDelivery("x", consumer: "1-65534");
        second.ExpectDelivery("y", consumer: "2-65534");

        connection.Lose();

        Assert.Equal(0, _broker.Queue("q").Consumers);
    }

    [Fact]
    public void An_exclusive_consumer_allows_no_other_in_both_directions()
    {
        const string text = "queue 'q' in vhost '/' in exclusive use";
        var other = _broker.OpenChannel();
        _channel.Consume("q", "only", exclusive: true);
        other.Send(new BasicConsume("q"));
        other.ExpectClose(ReplyCode.AccessRefused, text, MethodId.BasicConsume);
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("only"));
        _channel.Consume("q", "shared");
        _channel.Send(new BasicConsume("q", Exclusive: true));
        _channel.ExpectClose(ReplyCode.AccessRefused, text, MethodId.BasicConsume);
    }

    /// <summary>Row 125.</summary>
    [Fact]
    public void Cancel_of_an_unknown_tag_is_ok_and_deliveries_survive_a_cancel()
    {
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("nobody"));
        _channel.Consume("q", "t");
        _channel.Publish("x", "q");
        var tag = _channel.ExpectDelivery("x");
        Assert.Equal("t", _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("t")).ConsumerTag.ToString());
        Assert.Equal(new QueueSnapshot("q", 0, 1, 0), _broker.Queue("q"));
        _channel.Send(new BasicAck(tag));
        Assert.Equal(0, _broker.Queue("q").Unacknowledged);
        _channel.Publish("y", "q");
        _channel.ExpectNothing();
    }

    [Fact]
    public void Consuming_or_getting_from_a_missing_queue_closes_with_404()
    {
        _channel.Send(new BasicConsume("missing"));
        _channel.ExpectClose(ReplyCode.NotFound, "no queue 'missing' in vhost '/'", MethodId.BasicConsume);
        _channel = _channel.Connection.OpenChannel(1);
        _channel.Send(new BasicGet("missing"));
        _channel.ExpectClose(ReplyCode.NotFound, "no queue 'missing' in vhost '/'", MethodId.BasicGet);
    }

    /// <summary>Row 127.</summary>
    [Fact]
    public void Get_tells_how_many_are_left()
    {
        Assert.Null(_channel.Get("q"));
        _channel.Publish("a", "q");
        _channel.Publish("b", "q");
        Assert.Equal(1u, _channel.Get("q")!.Value.Get.MessageCount);
        Assert.Equal(0u, _channel.Get("q", noAck: true)!.Value.Get.MessageCount);
        Assert.Equal(new QueueSnapshot("q", 0, 1, 0), _broker.Queue("q"));
    }

    /// <summary>Row 123.</summary>
    [Theory]
    [InlineData(99, false)]
    [InlineData(0, false)]
    [InlineData(99, true)]
    [InlineData(ulong.MaxValue, true)]
    public void An_unknown_tag_closes_the_channel(ulong tag, bool multiple)
    {
        _channel.Publish("x", "q");
        _channel.Get("q");
        _channel.Send(new BasicAck(tag, multiple));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}", MethodId.BasicAck);
        Assert.Equal(new QueueSnapshot("q", 1, 0, 0), _broker.Queue("q"));
    }

    [Fact]
    public void A_tag_can_be_settled_once()
    {
        _channel.Publish("x", "q");
        _channel.Get("q");
        _channel.Send(new BasicAck(1));
        _channel.Send(new BasicNack(1));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "unknown delivery tag 1", MethodId.BasicNack);
    }

    [Fact]
    public void Tag_0_with_multiple_means_all_and_nothing_is_fine_too()
    {
        _channel.Send(new BasicAck(0, Multiple: true));
        for (var i = 0; i < 3; i++)
        {
            _channel.Publish("x", "q");
            _channel.Get("q");
        }
        _channel.Send(new BasicNack(0, Multiple: true, Requeue: false));
        Assert.Equal(new QueueSnapshot("q", 0, 0, 0), _broker.Queue("q"));
    }

    [Fact]
    public void Tags_are_found_where_deliveries_without_ack_lie_between()
    {
        for (var i = 0; i < 40; i++)
        {
            _channel.Publish($"{i}", "q");
            _channel.Get("q", noAck: i % 3 != 0);
        }
        _channel.Send(new BasicAck(28));
        _channel.Send(new BasicAck(4));
        _channel.Send(new BasicReject(1));
        _channel.Send(new BasicAck(37, Multiple: true));
        Assert.Equal(1, _broker.Queue("q").Unacknowledged);
        _channel.Send(new BasicAck(39));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "unknown delivery tag 39", MethodId.BasicAck);
    }

    [Fact]
    public void Requeued_messages_return_to_their_place_as_redelivered()
    {
        for (var i = 0; i < 5; i++)
            _channel.Publish($"{i}", "q");
        for (var i = 0; i < 4; i++)
            _channel.Get("q");
        _channel.Send(new BasicReject(3, Requeue: true));
        _channel.Send(new BasicNack(2, Multiple: true, Requeue: true));
        var again = _channel.Get("q")!.Value;
        Assert.True(again.Get.Redelivered);
        Assert.Equal("0", again.Content.Body);
        Assert.Equal(["1", "2", "4"], _channel.Drain("q"));
    }

    [Fact]
    public void Closing_a_channel_gives_its_messages_back_in_order_to_the_next_consumer()
    {
        var other = _channel.Connection.OpenChannel(2);
        for (var i = 0; i < 3; i++)
            _channel.Publish($"{i}", "q");
        _channel.Consume("q");
        other.Consume("q", "next");
        _channel.Close();
        for (var i = 0; i < 3; i++)
            other.ExpectDelivery($"{i}", redelivered: true, consumer: "next");
    }

    [Fact]
    public void Recover_delivers_again()
    {
        _channel.Consume("q", "t");
        _channel.Publish("a", "q");
        _channel.ExpectDelivery("a", redelivered: false);
        _channel.Ask<BasicRecover, BasicRecoverOk>(new BasicRecover(true));
        _channel.ExpectDelivery("a", redelivered: true);
        _channel.Send(new BasicRecoverAsync(true));
        Assert.Equal(3ul, _channel.ExpectDelivery("a", redelivered: true));
        _channel.Send(new BasicRecover(false));
        _channel.Connection.ExpectClose(ReplyCode.NotImplemented, "requeue=false", MethodId.BasicRecover);
    }

    [Fact]
    public void Requeue_order_is_that_of_the_naive_model()
    {
        var step = Gen.Choose(0, 99);
        Prop.ForAll(step.ListOf().ToArbitrary(), steps => RequeuesAsModel([.. steps])).QuickCheckThrowOnFailure();
    }

    // The model: a sorted list of what is ready, and a list of what is held, by tag.
    private static bool RequeuesAsModel(int[] steps)
    {
        using var broker = new EngineHarness();
        var channel = broker.OpenChannel();
        channel.DeclareQueue("q");
        var ready = new SortedSet<int>();
        var held = new SortedDictionary<ulong, int>();
        var published = 0;
        foreach (var step in steps)
        {
            if (step < 40)
            {
                channel.Publish($"{published}", "q");
                ready.Add(published++);
            }
            else if (step < 75)
            {
                var got = channel.Get("q");
                if (got?.Content.Body != (ready.Count == 0 ? null : $"{ready.Min}"))
                    return false;
                if (got is not { } message)
                    continue;
                held.Add(message.Get.DeliveryTag, ready.Min);
                ready.Remove(ready.Min);
            }
            else if (held.Count > 0)
            {
                var tag = held.Keys.ElementAt(step % held.Count);
                var multiple = step % 2 == 0;
                var requeue = step % 5 != 0;
                channel.Send(new BasicNack(tag, multiple, requeue));
                foreach (var settled in held.Keys.Where(key => multiple ? key <= tag : key == tag).ToArray())
                {
                    if (requeue)
                        ready.Add(held[settled]);
                    held.Remove(settled);
                }
            }
        }
        foreach (var message in held.Values)
            ready.Add(message);
        channel.Close();
        return channel.Connection.OpenChannel(2).Drain("q").SequenceEqual(ready.Select(message => $"{message}"));
    }
}
