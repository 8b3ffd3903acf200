using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Policies and operator policies: rows 58, 76 to 80, 87, 138, 154 and 155.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public PolicyTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_154_Row_78_a_policy_holds_for_queues_that_are_there_and_for_those_that_come()
    {
        _channel.DeclareQueue("q1");
        Publish("q1", 5);
        Set(Named("short", "^q", ("max-length", 2)));
        Assert.Equal(2, _broker.Queue("q1").Ready);
        _channel.DeclareQueue("q2");
        _channel.DeclareQueue("other");
        Publish("q2", 5);
        Publish("other", 5);
        Assert.Equal((2, 5), (_broker.Queue("q2").Ready, _broker.Queue("other").Ready));

        Set();
        Publish("q1", 5);
        Assert.Equal(7, _broker.Queue("q1").Ready);
    }

    [Theory]
    [InlineData(3, 5, 3)]
    [InlineData(5, 3, 3)]
    [InlineData(null, 3, 3)]
    [InlineData(3, null, 3)]
    public void Row_154_Row_78_of_an_argument_and_a_policy_the_smaller_number_holds(int? argument, int? policy, int ready)
    {
        if (policy is { } length)
            Set(Named("p", "", ("max-length", length)));
        _channel.DeclareQueue("q", arguments: argument is { } own ? FieldTable.Create(("x-max-length", own)) : default);
        Publish("q", 10);
        Assert.Equal(ready, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Row_154_Row_79_Row_80_of_words_the_argument_holds()
    {
        _channel.DeclareQueue("dead-by-policy");
        _channel.DeclareQueue("dead-by-argument");
        Set(Named("p", "^q", ("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead-by-policy"), ("max-length", 1), ("overflow", "reject-publish")));
        _channel.DeclareQueue("q1", arguments: FieldTable.Create(("x-dead-letter-routing-key", "dead-by-argument"), ("x-dead-letter-exchange", ""), ("x-overflow", "drop-head")));
        _channel.DeclareQueue("q2");

        Publish("q1", 2);
        Publish("q2", 2);

        Assert.Equal(["0"], _channel.Drain("dead-by-argument"));
        Assert.Equal(["1"], _channel.Drain("q1"));
        Assert.Equal(["0"], _channel.Drain("q2"));
        Assert.Equal(0, _broker.Queue("dead-by-policy").Ready);
    }

    [Fact]
    public void Row_138_Row_80_a_policy_gives_a_queue_its_dead_letter_exchange()
    {
        _channel.DeclareQueue("dead");
        _channel.DeclareQueue("q");
        Set(Named("dlx", "^q$", ("dead-letter-exchange", ""), ("dead-letter-routing-key", "dead")));
        Publish("q", 1);
        _channel.Send(new BasicReject(_channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
        Assert.Equal(["0"], _channel.Drain("dead"));
    }

    [Fact]
    public void Row_76_Row_77_times_come_by_policy()
    {
        _channel.DeclareQueue("q");
        Set(Named("p", "q", ("message-ttl", 1000), ("expires", 5000)));
        Publish("q", 1);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(1000));
        Assert.Equal(0, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(4000));
        Assert.False(_broker.QueueExists("q"));
    }

    [Fact]
    public void Row_76_Row_77_a_policy_may_ask_for_more_than_all_times()
    {
        Set(Named("p", "q", ("message-ttl", long.MaxValue), ("expires", long.MaxValue)));
        _channel.DeclareQueue("q");
        Publish("q", 1);
        _broker.AdvanceWhenDue(TimeSpan.FromDays(365));
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Row_87_a_delivery_limit_comes_by_policy_and_is_nothing_for_classic_queues()
    {
        Set(Named("p", "^q", ("delivery-limit", 1), ("max-length", 1)), Named("lower", "^q", ("max-length", 3)));
        _channel.DeclareQueue("qq", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        _channel.DeclareQueue("qc");
        Publish("qq", 1);
        Publish("qc", 5);

        for (var i = 0; i < 2; i++)
            _channel.Send(new BasicNack(_channel.Get("qq")!.Value.Get.DeliveryTag, false, true));

        Assert.Equal(0, _broker.Queue("qq").Ready);
        Assert.Equal(3, _broker.Queue("qc").Ready); // The policy that names what no classic queue has is not for it at all.
    }

    [Fact]
    public void Row_154_the_highest_priority_holds_alone_and_of_equal_ones_the_first_by_name()
    {
        _channel.DeclareQueue("q");
        Set(Named("b", "q", 1, ("max-length", 1)), Named("c", "q", 2, ("max-length-bytes", 3)), Named("a", "q", 1, ("max-length", 2)));
        Assert.Equal("max-length-bytes=3", Effective("q"));
        Set(Named("b", "q", 1, ("max-length", 1)), Named("a", "q", 1, ("max-length", 2)));
        Assert.Equal("max-length=2", Effective("q"));
    }

    [Fact]
    public void Row_155_an_operator_policy_stands_beside_the_policy_and_the_smaller_number_holds()
    {
        _channel.DeclareQueue("q");
        Set([Named("p", "", ("max-length", 10), ("message-ttl", 50), ("overflow", "drop-head"))],
            [Named("o", "", ("max-length", 3), ("message-ttl", 60), ("overflow", "reject-publish"), ("expires", 9000))]);
        Assert.Equal("max-length=3\nmessage-ttl=50\noverflow=reject-publish\nexpires=9000", Effective("q"));
        Publish("q", 5);
        Assert.Equal(["0", "1", "2"], _channel.Drain("q"));
    }

    [Fact]
    public void Row_154_apply_to_says_what_a_policy_is_for()
    {
        _channel.DeclareQueue("qq", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        _channel.DeclareQueue("qc");
        foreach (var (word, quorum, classic) in new[]
        {
            ("all", true, true), ("queues", true, true), ("classic_queues", false, true), ("quorum_queues", true, false), ("streams", false, false), ("exchanges", false, false),
        })
        {
            Set(new Policy("p", "^q", FieldTable.Create(("max-length", 1))) { Target = PolicyWords.TargetOf(word) });
            Assert.Equal((word, quorum, classic), (word, Effective("qq").Length > 0, Effective("qc").Length > 0));
        }
        Assert.Equal(
            "apply-to 'zzz' unrecognised; should be 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'",
            Assert.Throws<FormatException>(() => PolicyWords.TargetOf("zzz")).Message);
    }

    [Fact]
    public void Row_58_an_alternate_exchange_comes_by_policy_and_goes_with_it()
    {
        _channel.DeclareExchange("x", "direct");
        _channel.DeclareExchange("own", "direct", arguments: FieldTable.Create(("alternate-exchange", "nowhere")));
        _channel.DeclareExchange("ae", "fanout");
        _channel.DeclareQueue("q");
        _channel.Bind("q", "ae");
        Set(Named("ae", "^(x|own|later)$", ("alternate-exchange", "ae")));
        _channel.DeclareExchange("later", "direct");
        foreach (var exchange in (string[])["x", "own", "later"])
            _channel.Publish(exchange, "k", exchange);
        Assert.Equal(["x", "later"], _channel.Drain("q"));

        Set();
        _channel.Publish("x", "k", "x");
        Assert.Equal([], _channel.Drain("q"));
    }

    [Fact]
    public void Row_154_a_redeclaration_is_compared_with_the_arguments_alone()
    {
        _channel.DeclareQueue("q");
        Set(Named("p", "", ("max-length", 1)));
        _channel.DeclareQueue("q");
    }

    [Theory]
    [InlineData("message-ttl", -1, "-1 is not a valid message TTL")]
    [InlineData("message-ttl", "abc", "<<\"abc\">> is not a valid message TTL")]
    [InlineData("message-ttl", 1.5, "1.5 is not a valid message TTL")]
    [InlineData("expires", 0, "0 is not a valid queue expiry")]
    [InlineData("expires", true, "true is not a valid queue expiry")]
    [InlineData("max-length", -1, "-1 is not a valid maximum length")]
    [InlineData("max-length-bytes", -1, "-1 is not a valid maximum length in bytes")]
    [InlineData("overflow", "zzz", "<<\"zzz\">> is not a valid overflow value")]
    [InlineData("dead-letter-exchange", 5, "5 is not a valid dead letter exchange name")]
    [InlineData("dead-letter-routing-key", null, "null is not a valid dead letter routing key")]
    [InlineData("dead-letter-strategy", "x", "<<\"x\">> is not a valid dead letter strategy")]
    [InlineData("queue-mode", "x", "<<\"x\">> is not a valid queue-mode value")]
    [InlineData("queue-version", 3, "3 is not a valid queue-version value")]
    [InlineData("delivery-limit", "x", "<<\"x\">> is not a valid delivery limit")]
    [InlineData("max-age", "5q", "<<\"5q\">> is not a valid max age")]
    [InlineData("queue-leader-locator", "x", "<<\"x\">> is not a valid queue leader locator value")]
    [InlineData("stream-max-segment-size-bytes", -1, "-1 is not a valid segment size")]
    [InlineData("alternate-exchange", "", null)]
    [InlineData("max-age", "1D", null)]
    [InlineData("foo", 1, "[{<<\"foo\">>,1}] are not recognised policy settings")]
    [InlineData("ha-mode", "all", "[{<<\"ha-mode\">>,<<\"all\">>}] are not recognised policy settings")]
    public void Row_154_a_bad_definition_is_refused_in_RabbitMQs_words(string key, object? value, string? fault) =>
        Assert.Equal(fault, new Policy("p", "", FieldTable.Create((key, value))).Fault(Profile.V42, isForOperator: false));

    [Fact]
    public void Row_154_Row_155_what_is_wrong_is_said_in_RabbitMQs_order()
    {
        Assert.Equal("no policy provided", new Policy("p", "", default).Fault(Profile.V42, false));
        Assert.Equal(
            "[{<<\"bar\">>,2},{<<\"foo\">>,1}] are not recognised policy settings",
            new Policy("p", "", FieldTable.Create(("foo", 1), ("bar", 2), ("expires", 5))).Fault(Profile.V42, false));
        Assert.Equal(
            "0 is not a valid queue expiry",
            new Policy("p", "", FieldTable.Create(("max-length", -1), ("foo", 1), ("expires", 0))).Fault(Profile.V42, false));
        var dlx = new Policy("p", "", FieldTable.Create(("dead-letter-exchange", "x")));
        Assert.Null(dlx.Fault(Profile.V42, false));
        Assert.Equal("[{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not recognised policy settings", dlx.Fault(Profile.V42, isForOperator: true));
        Assert.Null(new Policy("p", "", FieldTable.Create(("ha-mode", "all"))).Fault(Profile.V313, false));
    }

    [Fact]
    public void V09_a_pattern_that_takes_backtracking_is_refused()
    {
        Assert.Throws<FormatException>(() => new Policy("p", "(?=a)", default));
        Assert.Throws<FormatException>(() => new Policy("p", "(", default));
        Assert.Throws<FormatException>(() => new Policy("p", new string('a', 1025), default));
        Assert.Throws<FormatException>(() => new Policy("", "a", default));
    }

    private static Policy Named(string name, string pattern, params (string, object?)[] definition) => Named(name, pattern, name == "lower" ? -1 : 0, definition);

    private static Policy Named(string name, string pattern, int priority, params (string, object?)[] definition) =>
        new(name, pattern, FieldTable.Create(definition)) { Priority = priority };

    private void Set(params Policy[] policies) => Set(policies, []);

    private void Set(Policy[] policies, Policy[] operators)
    {
        foreach (var (policy, isForOperator) in policies.Select(static policy => (policy, false)).Concat(operators.Select(static policy => (policy, true))))
            Assert.Null(policy.Fault(Profile.V42, isForOperator));
        _broker.Step(Command.PoliciesChanged(new PolicySet(policies, operators)));
    }

    private string Effective(string queue) => HeaderText.Of(_broker.Engine.EffectivePolicyOf(queue)!.Value);

    private void Publish(string queue, int count)
    {
        for (var i = 0; i < count; i++)
            _channel.Publish($"{i}", queue);
    }
}
