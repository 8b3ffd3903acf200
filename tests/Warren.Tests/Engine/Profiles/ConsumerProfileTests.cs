using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: what a consumer gets, and how long it may keep it.</summary>
public sealed class ConsumerProfileTests : ProfileBench
{
    private static readonly FieldTable Quorum = FieldTable.Create(("x-queue-type", "quorum"));

    [Theory]
    [InlineData("3.10", 1)]
    [InlineData("3.13", 1)]
    [InlineData("4.2", 1)]
    [InlineData("4.3", 2)]
    public void Row_122_qos_global_is_one_limit_for_the_channel_or_each_consumers(string profile, int deliveries)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true);
        channel.Qos(1, global: true);
        channel.Consume("q", "a");
        channel.Consume("q", "b");
        for (var i = 0; i < 3; i++)
            channel.Publish($"{i}", "q");
        for (var i = 0; i < deliveries; i++)
            channel.ExpectDelivery($"{i}");
        channel.ExpectNothing();
    }

    [Theory]
    [InlineData("3.10", true)]
    [InlineData("3.13", true)]
    [InlineData("4.2", true)]
    [InlineData("4.3", false)]
    public void Row_128_a_delivery_of_a_classic_queue_that_is_not_acknowledged(string profile, bool closes)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true);
        channel.Consume("q");
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        Broker.Advance(TimeSpan.FromMinutes(31));
        if (closes)
            Assert.Equal((ushort)ReplyCode.PreconditionFailed, channel.Expect<ChannelClose>().ReplyCode);
        channel.ExpectNothing();
    }

    [Theory]
    [InlineData("4.2", true, false)]
    [InlineData("4.3", true, true)]
    [InlineData("4.3", false, false)]
    public void Row_128_a_delivery_of_a_quorum_queue_that_is_not_acknowledged(string profile, bool takesCancel, bool isCancelled)
    {
        var channel = Open(profile, takesCancel: takesCancel);
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        channel.Consume("q", "t");
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        Broker.Advance(TimeSpan.FromMinutes(31));
        if (isCancelled)
            Assert.Equal(("t", true), channel.Expect<BasicCancel>() is var cancel ? (cancel.ConsumerTag.ToString(), cancel.NoWait) : default);
        else
            Assert.Equal((ushort)ReplyCode.PreconditionFailed, channel.Expect<ChannelClose>().ReplyCode);
        channel.ExpectNothing();
        Assert.Equal(new QueueSnapshot("q", 1, 0, 0), Broker.Queue("q"));
    }
}
