using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: quorum queues: limits and counts of deliveries, and priorities.</summary>
public sealed class QuorumProfileTests : ProfileBench
{
    private static readonly FieldTable Quorum = FieldTable.Create(("x-queue-type", "quorum"));

    [Theory]
    [InlineData("3.10", null)]
    [InlineData("3.13", null)]
    [InlineData("4.2", 21)]
    [InlineData("4.3", 21)]
    public void Row_87_the_delivery_limit_of_a_queue_that_names_none(string profile, int? deliveries)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        channel.Publish("x", "q");
        var count = 0;
        while (count < 50 && channel.Get("q") is { } got)
        {
            count++;
            channel.Send(new BasicReject(got.Get.DeliveryTag, Requeue: true));
        }
        Assert.Equal(deliveries ?? 50, count);
    }

    [Theory]
    [InlineData("3.10", "x-delivery-count=0", "x-delivery-count=1", "x-delivery-count=2")]
    [InlineData("3.13", "x-delivery-count=0", "x-delivery-count=1", "x-delivery-count=2")]
    [InlineData("4.2", "", "x-delivery-count=1", "x-delivery-count=2")]
    [InlineData("4.3", "", "x-acquired-count=1", "x-acquired-count=2 x-delivery-count=1")]
    public void Row_129_what_a_delivery_of_a_quorum_queue_says_at_first_after_a_nack_and_after_a_reject(
        string profile, string first, string afterNack, string afterReject)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        channel.Publish("x", "q");
        ExpectHeaders(first);
        channel.Send(new BasicNack(1, false, Requeue: true));
        ExpectHeaders(afterNack);
        channel.Send(new BasicReject(2, Requeue: true));
        channel.Consume("q");
        channel.Expect<BasicDeliver>();
        Assert.Equal(afterReject, HeaderText.Of(channel.ExpectContent().Properties.Headers).Replace('\n', ' '));

        void ExpectHeaders(string headers) =>
            Assert.Equal(headers, HeaderText.Of(channel.Get("q")!.Value.Content.Properties.Headers).Replace('\n', ' '));
    }

    [Theory]
    [InlineData("3.10")]
    [InlineData("4.2")]
    [InlineData("4.3")]
    public void Row_129_the_first_delivery_to_a_waiting_consumer_and_a_classic_queue(string profile)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        channel.DeclareQueue("classic", durable: true);
        channel.Consume("q");
        channel.Publish("x", "q");
        channel.Expect<BasicDeliver>();
        Assert.Equal("", HeaderText.Of(channel.ExpectContent().Properties.Headers));
        channel.Publish("x", "classic");
        Assert.False(channel.Get("classic")!.Value.Content.Properties.Has(PropertyFlags.Headers));
    }

    [Theory]
    [InlineData("3.10", 2)]
    [InlineData("3.13", 2)]
    [InlineData("4.2", 2)]
    [InlineData("4.3", 50)]
    public void Row_129_a_nack_counts_towards_the_delivery_limit_or_does_not(string profile, int deliveries)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", 1)));
        channel.Publish("x", "q");
        var count = 0;
        while (count < 50 && channel.Get("q") is { } got)
        {
            count++;
            channel.Send(new BasicNack(got.Get.DeliveryTag, false, Requeue: true));
        }
        Assert.Equal(deliveries, count);
    }

    [Theory]
    [InlineData("3.10", "0 9 4 5 none 31 40 6")]
    [InlineData("3.13", "0 9 4 5 none 31 40 6")]
    [InlineData("4.2", "9 5 0 31 40 4 6 none")]
    [InlineData("4.3", "31 40 9 6 5 4 0 none")]
    public void Row_149_priorities_in_a_quorum_queue(string profile, string order)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        foreach (var body in (string[])["0", "9", "4", "5", "none", "31", "40", "6"])
            channel.Publish(body, "q", properties: body == "none" ? null : new BasicProperties { Priority = byte.Parse(body, provider: null) });
        Assert.Equal(order, string.Join(' ', channel.Drain("q")));
    }

    [Fact]
    public void Row_149_what_comes_back_to_a_quorum_queue_comes_first_in_the_order_of_its_positions()
    {
        var channel = Open("4.2");
        channel.DeclareQueue("q", durable: true, arguments: Quorum);
        foreach (var body in (string[])["a", "b", "c", "d"])
            channel.Publish(body, "q");
        for (var i = 0; i < 3; i++)
            channel.Get("q");
        channel.Publish("high", "q", properties: new BasicProperties { Priority = 9 });
        channel.Send(new BasicNack(0, Multiple: true, Requeue: true));
        Assert.Equal(["a", "b", "c", "high", "d"], channel.Drain("q"));
    }
}
