using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: what a dead letter tells.</summary>
public sealed class DeathProfileTests : ProfileBench
{
    [Theory]
    [InlineData("3.10", false)]
    [InlineData("3.13", true)]
    [InlineData("4.2", true)]
    [InlineData("4.3", true)]
    public void Row_133_a_dead_letter_tells_of_its_last_death(string profile, bool tells)
    {
        var headers = HeaderText.Of(Letter(profile).Properties.Headers);
        Assert.Contains("x-first-death-exchange=\nx-first-death-queue=q\nx-first-death-reason=rejected", headers);
        Assert.Equal(tells, headers.Contains("x-last-death-exchange=\nx-last-death-queue=q\nx-last-death-reason=rejected", StringComparison.Ordinal));
        Assert.Equal(tells, headers.Contains("x-last-death", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("3.10", false)]
    [InlineData("3.13", false)]
    [InlineData("4.2", true)]
    [InlineData("4.3", true)]
    public void Row_135_a_dead_letter_key_and_the_header_CC(string profile, bool isKept)
    {
        var headers = HeaderText.Of(Letter(profile, ("CC", new[] { "other" })).Properties.Headers);
        Assert.Equal(isKept, headers.Contains("CC=[other]", StringComparison.Ordinal));
        Assert.Contains("routing-keys=[q other]", headers);
    }

    [Theory]
    [InlineData("3.10", true)]
    [InlineData("3.13", true)]
    [InlineData("4.2", false)]
    [InlineData("4.3", false)]
    public void Row_137_what_a_client_says_of_deaths_is_believed_or_not(string profile, bool isBelieved)
    {
        var before = FieldTable.Create(("count", 7L), ("queue", "q"), ("reason", "rejected"), ("more", 1));
        var older = FieldTable.Create(("queue", "far"), ("reason", "maxlen"));
        var headers = HeaderText.Of(Letter(profile, ("x-death", new[] { before, older }), ("x-first-death-queue", "far")).Properties.Headers);
        if (isBelieved)
        {
            var again = profile == "3.10" ? "(count=8 more=1 queue=q reason=rejected) (count=1 " : "(count=8 queue=q reason=rejected more=1) (";
            Assert.Contains($"x-death=[{again}queue=far reason=maxlen)]\nx-first-death-queue=far", headers);
            Assert.DoesNotContain("x-first-death-reason", headers);
        }
        else
        {
            Assert.Contains("x-death=[(count=1 reason=rejected queue=q", headers);
            Assert.DoesNotContain("far", headers);
        }
    }

    [Theory]
    [InlineData("3.10", 0)]
    [InlineData("3.13", 0)]
    [InlineData("4.2", 1)]
    [InlineData("4.3", 1)]
    public void Row_137_a_death_that_a_client_tells_of_makes_a_cycle_or_does_not(string profile, int ready)
    {
        var channel = Open(profile);
        channel.DeclareQueue("dead", durable: true);
        channel.DeclareQueue("q", durable: true, arguments: DeadTo("dead", ("x-message-ttl", 0)));
        var death = FieldTable.Create(("queue", "dead"), ("reason", "expired"));
        channel.Publish("x", "q", properties: new BasicProperties { Headers = FieldTable.Create(("x-death", new[] { death })) });
        Assert.Equal(ready, Broker.Queue("dead").Ready);
    }

    [Theory]
    [InlineData("3.10")]
    [InlineData("3.13")]
    [InlineData("4.2")]
    public void Row_137_an_x_death_that_is_no_history_is_replaced(string profile)
    {
        var headers = HeaderText.Of(Letter(profile, ("x-death", "what")).Properties.Headers);
        Assert.Contains("x-death=[(count=1 reason=rejected queue=q", headers);
        Assert.DoesNotContain("what", headers);
    }

    // Seen at RabbitMQ 3.10.8: the history of a message that dies in a, b, c and d.
    [Theory]
    [InlineData("3.10", "d b a c")]
    [InlineData("3.13", "d c b a")]
    [InlineData("4.2", "d c b a")]
    public void Row_132_the_order_of_older_deaths(string profile, string order)
    {
        var channel = Open(profile);
        foreach (var (queue, next) in ((string, string)[])[("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
            channel.DeclareQueue(queue, durable: true, arguments: DeadTo(next, ("x-message-ttl", 0)));
        channel.DeclareQueue("e", durable: true);
        channel.Publish("x", "a");
        Assert.True(channel.Get("e")!.Value.Content.Properties.Headers.TryGet("x-death", out var deaths));
        var queues = new List<string>();
        foreach (var death in deaths.EnumerateArray())
        {
            Assert.True(death.TryGetTable(out var table) && table.TryGet("queue", out _));
            queues.Add($"{table.ToDictionary()["queue"]}");
        }
        Assert.Equal(order, string.Join(' ', queues));
    }

    private static FieldTable DeadTo(string queue, params ReadOnlySpan<(string, object?)> more) =>
        FieldTable.Create([("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", queue), .. more]);

    // A message that was rejected in q, which has a dead-letter key.
    private Content Letter(string profile, params ReadOnlySpan<(string, object?)> headers)
    {
        var channel = Open(profile);
        channel.DeclareQueue("dead", durable: true);
        channel.DeclareQueue("q", durable: true, arguments: DeadTo("dead"));
        channel.Publish("x", "q", properties: new BasicProperties { Headers = FieldTable.Create(headers) });
        channel.Send(new BasicReject(channel.Get("q")!.Value.Get.DeliveryTag, Requeue: false));
        return channel.Get("dead", noAck: true)!.Value.Content;
    }
}
