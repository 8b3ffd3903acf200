using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Row 81: quorum queues that keep their dead letters until these have arrived.</summary>
public sealed class KeptLettersTests : IDisposable
{
    private static readonly TimeSpan Retry = new EngineOptions().DeadLetterRetryTime;

    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public KeptLettersTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareExchange("dlx", "fanout");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_81_a_letter_that_a_full_queue_refuses_is_kept_and_sent_again()
    {
        DeclareSource();
        DeclareTarget("full", ("x-max-length", 1), ("x-overflow", "reject-publish"));
        _channel.Publish("first", "full");
        Kill("letter");

        Assert.Equal(new QueueSnapshot("q", 0, 0, 0) { DeadLetters = 1 }, _broker.Queue("q"));
        Assert.Equal(0u, _channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare("q", Passive: true)).MessageCount);
        Assert.Null(_channel.Get("q"));
        Assert.Equal(["first"], _channel.Drain("full"));
        _broker.AdvanceWhenDue(Retry - TimeSpan.FromTicks(1));
        Assert.Equal(0, _broker.Queue("full").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromTicks(1));

        var (get, content) = _channel.Get("full", noAck: true)!.Value;
        Assert.Equal(("letter", "dlx", "q"), (content.Body, get.Exchange.ToString(), get.RoutingKey.ToString()));
        var died = (_broker.Now - Retry).ToUnixTimeSeconds();
        Assert.Contains($"x-death=[(count=1 reason=rejected queue=q time={died} exchange= routing-keys=[q])]", HeaderText.Of(content.Properties.Headers));
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    [Fact]
    public void Row_81_a_letter_without_exchange_or_route_waits_for_both()
    {
        DeclareSource();
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("dlx"));
        Kill("letter");
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(1, _broker.Queue("q").DeadLetters);

        _channel.DeclareExchange("dlx", "fanout");
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(1, _broker.Queue("q").DeadLetters);

        DeclareTarget("dead");
        Assert.Equal(0, _broker.Queue("dead").Ready); // Binding sends nothing, as in RabbitMQ.
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(["letter"], _channel.Drain("dead"));
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
    }

    [Fact]
    public void Row_81_a_letter_that_one_exchange_holds_for_later_goes_to_the_queues_on_its_other_ways()
    {
        DeclareSource();
        DeclareTarget("dead");
        _channel.Ask<ExchangeDeclare, ExchangeDeclareOk>(new ExchangeDeclare("later", "x-delayed-message", Arguments: FieldTable.Create(("x-delayed-type", "fanout"))));
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("later", "dlx"));
        _channel.DeclareQueue("held");
        _channel.Bind("held", "later");
        _channel.Publish("letter", "q", properties: new BasicProperties { Headers = FieldTable.Create(("x-delay", 5000)) });
        _channel.Send(new BasicReject(_channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));

        Assert.Equal(["letter"], _channel.Drain("dead"));
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(5));
        Assert.Equal(["letter"], _channel.Drain("held"));
    }

    [Fact]
    public void Row_81_a_queue_that_has_the_letter_does_not_get_it_again()
    {
        DeclareSource();
        DeclareTarget("free");
        DeclareTarget("full", ("x-max-length", 0), ("x-overflow", "reject-publish"));
        Kill("letter");
        for (var i = 0; i < 3; i++)
            _broker.AdvanceWhenDue(Retry);
        Assert.Equal(["letter"], _channel.Drain("free"));
        Assert.Equal(1, _broker.Queue("q").DeadLetters);

        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("full"));
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(["letter"], [.. _channel.Drain("free"), "letter"]);
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
    }

    [Fact]
    public void Row_81_letters_count_towards_the_limit_of_their_queue_by_number_and_by_octets()
    {
        _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        DeclareSource(("x-max-length", 2), ("x-max-length-bytes", 10));
        _channel.Publish("12345678", "q");
        _channel.Expect<BasicAck>();
        _channel.Send(new BasicReject(_channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
        _channel.Publish("123", "q");
        _channel.Expect<BasicNack>(); // 11 octets.
        _channel.Publish("1", "q");
        _channel.Expect<BasicAck>();
        _channel.Publish("", "q");
        _channel.Expect<BasicNack>(); // The third one.

        DeclareTarget("dead");
        _broker.AdvanceWhenDue(Retry);
        _channel.Publish("", "q");
        _channel.Expect<BasicAck>();
        Assert.Equal(["12345678"], _channel.Drain("dead"));
    }

    [Fact]
    public void Row_81_thirty_two_letters_are_tried_and_the_others_wait_in_their_order()
    {
        DeclareSource();
        for (var i = 0; i < 100; i++)
            Kill($"{i}");
        DeclareTarget("dead");
        Assert.Equal(100, _broker.Queue("q").DeadLetters);
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), _channel.Drain("dead"));
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
    }

    [Fact]
    public void Row_81_behind_thirty_two_letters_that_a_full_queue_refuses_all_others_wait()
    {
        DeclareSource();
        DeclareTarget("full", ("x-max-length", 0), ("x-overflow", "reject-publish"));
        for (var i = 0; i < 33; i++)
            Kill($"{i}");
        DeclareTarget("free");
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal(Enumerable.Range(0, 32).Select(static i => $"{i}"), _channel.Drain("free"));
        Assert.Equal(33, _broker.Queue("q").DeadLetters);
    }

    [Theory]
    [InlineData("drop-head", "at-least-once")]
    [InlineData(null, "at-least-once")]
    [InlineData("reject-publish", "at-most-once")]
    [InlineData("reject-publish", null)]
    public void Row_81_without_reject_publish_or_the_strategy_a_letter_is_lost(string? overflow, string? strategy)
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(
            ("x-queue-type", "quorum"), ("x-dead-letter-exchange", "dlx"), ("x-overflow", overflow ?? "drop-head"), ("x-dead-letter-strategy", strategy ?? "at-most-once")));
        Kill("letter");
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    [Theory]
    [InlineData("3.13", 0u, 1)]
    [InlineData("4.2", 0u, 1)]
    [InlineData("4.3", 1u, 0)]
    public void Row_81_a_purge_takes_letters_along_from_4_3_on(string profile, uint purged, int left)
    {
        using var broker = new EngineHarness(new EngineOptions { Profile = ProfileNamed(profile) });
        var channel = broker.OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: Source());
        channel.Publish("letter", "q");
        channel.Send(new BasicReject(channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
        Assert.Equal(purged, channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q")).MessageCount);
        Assert.Equal(left, broker.Queue("q").DeadLetters);
    }

    [Fact]
    public void Row_81_letters_end_with_their_queue()
    {
        DeclareSource();
        Kill("letter");
        Assert.Equal(0u, _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q")).MessageCount);
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
        Assert.Equal(0, _broker.Engine.MessageOctets);
    }

    [Fact]
    public void Row_81_Row_154_a_policy_gives_the_strategy_sends_again_and_takes_it_away()
    {
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        _channel.DeclareQueue("dead");
        SetPolicy(("dead-letter-exchange", "nowhere"), ("dead-letter-strategy", "at-least-once"), ("overflow", "reject-publish"));
        Kill("first");
        Assert.Equal(1, _broker.Queue("q").DeadLetters);

        SetPolicy(("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead"), ("dead-letter-strategy", "at-least-once"), ("overflow", "reject-publish"));
        Assert.Equal(["first"], _channel.Drain("dead")); // At once: the queue's policy has changed.
        Assert.Equal(0, _broker.Queue("q").DeadLetters);

        SetPolicy(("dead-letter-exchange", "nowhere"), ("dead-letter-strategy", "at-least-once"), ("overflow", "reject-publish"));
        Kill("second");
        SetPolicy(("dead-letter-exchange", "nowhere"), ("dead-letter-strategy", "at-most-once"), ("overflow", "reject-publish"));
        Assert.Equal(0, _broker.Queue("q").DeadLetters);
        Assert.Equal(long.MaxValue, _broker.Engine.NextDueTicks);
    }

    [Fact]
    public void Row_81_a_cycle_that_nobody_rejects_stays_in_its_queue()
    {
        _channel.DeclareQueue("q", durable: true, arguments: Source(("x-message-ttl", 10), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")));
        _channel.Publish("x", "q");
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 1), (_broker.Queue("q").Ready, _broker.Queue("q").DeadLetters));
        _broker.AdvanceWhenDue(Retry);
        Assert.Equal((0, 1), (_broker.Queue("q").Ready, _broker.Queue("q").DeadLetters));
    }

    [Theory]
    [InlineData(1, 0, 1)] // It takes the room itself.
    [InlineData(2, 1, 0)]
    public void Row_81_a_rejected_message_comes_back_into_its_own_queue_when_there_is_room_beside_its_letter(int room, int ready, int letters)
    {
        DeclareSource(("x-max-length", room), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q"));
        Kill("x");
        Assert.Equal((ready, letters), (_broker.Queue("q").Ready, _broker.Queue("q").DeadLetters));
    }

    private static FieldTable Source(params (string, object?)[] arguments) => FieldTable.Create(
        [.. arguments, ("x-queue-type", "quorum"), ("x-overflow", "reject-publish"), ("x-dead-letter-strategy", "at-least-once"),
        .. arguments.Any(static argument => argument.Item1 == "x-dead-letter-exchange") ? ((string, object?)[])[] : [("x-dead-letter-exchange", "dlx")]]);

    private static Profile ProfileNamed(string name) => name switch
    {
        "3.13" => Profile.V313,
        "4.2" => Profile.V42,
        _ => Profile.V43,
    };

    private void DeclareSource(params (string, object?)[] arguments) => _channel.DeclareQueue("q", durable: true, arguments: Source(arguments));

    private void DeclareTarget(string name, params (string, object?)[] arguments)
    {
        _channel.DeclareQueue(name, arguments: FieldTable.Create(arguments));
        _channel.Bind(name, "dlx");
    }

    private void Kill(string body)
    {
        _channel.Publish(body, "q");
        _channel.Send(new BasicReject(_channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
    }

    private void SetPolicy(params (string, object?)[] definition) =>
        _broker.Step(Command.PoliciesChanged(new PolicySet([new Policy("p", "^q$", FieldTable.Create(definition))], [])));
}
