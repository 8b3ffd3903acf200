using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Rows 88 and 128: the time in which a delivery has to be acknowledged, where a queue, a policy or a consumer has its own.</summary>
public sealed class ConsumerTimeoutTests : IDisposable
{
    private readonly List<EngineHarness> _brokers = [];

    private EngineHarness Broker => _brokers[^1];

    public void Dispose() => _brokers.ForEach(static broker => broker.Dispose());

    /// <summary>RabbitMQ until 4.2 does not look at the argument when the queue is declared, and honours it from 3.12 on.</summary>
    [Theory]
    [InlineData("3.10", "classic", 5000, null, 1_800_000)]
    [InlineData("3.13", "classic", 5000, null, 5000)]
    [InlineData("4.2", "classic", 5000, null, 5000)]
    [InlineData("4.2", "quorum", 5000, null, 5000)]
    [InlineData("4.2", "classic", 5000, 3000, 3000)]
    [InlineData("4.2", "classic", 3000, 5000, 3000)]
    [InlineData("4.2", "classic", null, 5000, 5000)]
    [InlineData("4.2", "quorum", null, 7_200_000, 7_200_000)]
    [InlineData("4.2", "classic", -1, null, -1)]
    [InlineData("4.2", "classic", "5000", null, null)]
    [InlineData("4.2", "classic", "5000", 5000, 5000)]
    [InlineData("4.2", "classic", long.MaxValue, null, null)]
    public void Row_88_B90_the_shorter_one_of_argument_and_policy_closes_the_channel(string profile, string type, object? argument, object? policy, int? timeoutMs)
    {
        var channel = Open(profile, policy is null ? [] : [("consumer-timeout", policy)]);
        channel.DeclareQueue("q", durable: true, arguments: Arguments(type, argument));
        channel.Consume("q");
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        Broker.Advance(TimeSpan.FromMilliseconds(Math.Max(0, (timeoutMs ?? 3_600_000) - 1)));
        if (timeoutMs is null or > 0)
            channel.ExpectNothing();
        Broker.Advance(TimeSpan.FromMilliseconds(1));
        if (timeoutMs is { } ms)
        {
            if (timeoutMs < 0)
                Assert.Contains("Timeout value used: -1 ms.", channel.Expect<ChannelClose>().ReplyText.ToString());
            else
                channel.ExpectClose(ReplyCode.PreconditionFailed, TimedOut(ms), 0);
        }
        else
        {
            channel.ExpectNothing();
        }
    }

    [Fact]
    public void Row_88_until_4_2_a_channel_looks_at_its_oldest_delivery_alone()
    {
        var channel = Open("4.2");
        channel.DeclareQueue("slow");
        channel.DeclareQueue("fast", arguments: FieldTable.Create(("x-consumer-timeout", 1000)));
        foreach (var queue in (string[])["slow", "fast"])
            channel.Publish(queue, queue);
        var slow = channel.Get("slow")!.Value.Get.DeliveryTag;
        channel.Get("fast");
        Broker.Advance(TimeSpan.FromSeconds(10));
        channel.ExpectNothing();
        channel.Send(new BasicAck(slow));
        Broker.Advance(TimeSpan.Zero);
        channel.ExpectClose(ReplyCode.PreconditionFailed, TimedOut(1000), 0);
    }

    [Theory]
    [InlineData(null, null, 5000, 5000)]
    [InlineData(null, 4000, 5000, 4000)]
    [InlineData(null, 6000, 5000, 5000)]
    [InlineData(9000, 4000, 5000, 9000)]
    [InlineData(2000, null, null, 2000)]
    [InlineData(-1, 4000, null, 4000)]
    [InlineData("2000", 4000, null, 4000)]
    public void Row_88_Row_128_from_4_3_on_the_consumer_is_asked_first_and_loses_what_it_has(object? consumer, object? argument, object? policy, int timeoutMs)
    {
        var channel = Open("4.3", policy is null ? [] : [("consumer-timeout", policy)]);
        channel.DeclareQueue("q", durable: true, arguments: Arguments("quorum", argument));
        channel.DeclareQueue("other", durable: true, arguments: Arguments("quorum", null));
        channel.Publish("old", "other");
        channel.Get("other"); // The oldest one has the broker's time.
        channel.Consume("q", "t", arguments: consumer is null ? default : FieldTable.Create(("x-consumer-timeout", consumer)));
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        Broker.Advance(TimeSpan.FromMilliseconds(timeoutMs - 1));
        channel.ExpectNothing();
        Broker.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("t", channel.Expect<BasicCancel>().ConsumerTag.ToString());
        channel.ExpectNothing();
        Assert.Equal(new QueueSnapshot("q", 1, 0, 0), Broker.Queue("q"));

        // It has not failed: only that it was taken is counted.
        var headers = HeaderText.Of(channel.Get("q")!.Value.Content.Properties.Headers);
        Assert.Equal("x-acquired-count=1", headers);
    }

    [Fact]
    public void Row_128_a_time_out_that_closes_the_channel_is_no_failure_either()
    {
        _brokers.Add(new EngineHarness(new EngineOptions { Profile = Profile.V43 }));
        var channel = Broker.OpenChannel(takesCancel: false);
        channel.DeclareQueue("q", durable: true, arguments: Arguments("quorum", 1000));
        channel.Consume("q");
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        Broker.Advance(TimeSpan.FromSeconds(1));
        channel.ExpectClose(ReplyCode.PreconditionFailed, TimedOut(1000), 0);
        Assert.Equal("x-acquired-count=1", HeaderText.Of(Broker.OpenChannel().Get("q")!.Value.Content.Properties.Headers));
    }

    [Fact]
    public void Row_88_a_queue_has_its_time_though_the_broker_has_none()
    {
        _brokers.Add(new EngineHarness(new EngineOptions { DeliveryAcknowledgementTimeout = TimeSpan.Zero }));
        var channel = Broker.OpenChannel();
        channel.DeclareQueue("q", arguments: FieldTable.Create(("x-consumer-timeout", 1000)));
        channel.Publish("x", "q");
        channel.Get("q");
        Broker.Advance(TimeSpan.FromSeconds(1));
        channel.ExpectClose(ReplyCode.PreconditionFailed, TimedOut(1000), 0);
    }

    [Fact]
    public void Row_88_Row_154_a_policy_holds_for_deliveries_that_are_under_way()
    {
        var channel = Open("4.2");
        channel.DeclareQueue("q");
        channel.Publish("x", "q");
        channel.Get("q");
        Broker.Advance(TimeSpan.FromSeconds(10));
        SetPolicy(("consumer-timeout", 1000));
        Broker.Advance(TimeSpan.Zero);
        channel.ExpectClose(ReplyCode.PreconditionFailed, TimedOut(1000), 0);
    }

    private static FieldTable Arguments(string type, object? timeout) =>
        FieldTable.Create([("x-queue-type", type), .. timeout is null ? [] : new (string, object?)[] { ("x-consumer-timeout", timeout) }]);

    private static string TimedOut(int ms) =>
        $"delivery acknowledgement on channel 1 timed out. Timeout value used: {ms} ms. This timeout value can be configured, see consumers doc guide to learn more";

    private TestChannel Open(string profile, params (string, object?)[] policy)
    {
        var options = new EngineOptions
        {
            Profile = profile switch
            {
                "3.10" => Profile.V310,
                "3.13" => Profile.V313,
                "4.2" => Profile.V42,
                _ => Profile.V43,
            },
        };
        _brokers.Add(new EngineHarness(options));
        if (policy.Length > 0)
            SetPolicy(policy);
        return Broker.OpenChannel();
    }

    private void SetPolicy(params (string, object?)[] definition) =>
        Broker.Step(Command.PoliciesChanged(new PolicySet([new Policy("p", "^q$", FieldTable.Create(definition))], [])));
}
