using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: exchanges, bindings and replies.</summary>
public sealed class ExchangeProfileTests : ProfileBench
{
    [Theory]
    [InlineData("3.10", "nonsense", "unknown exchange type 'nonsense'", true)]
    [InlineData("3.10", "", "invalid exchange type ''", true)]
    [InlineData("3.13", "nonsense", "unknown exchange type 'nonsense'", false)]
    [InlineData("4.2", "nonsense", "unknown exchange type 'nonsense'", false)]
    [InlineData("4.2", "", "invalid exchange type ''", false)]
    [InlineData("4.3", "nonsense", "unknown exchange type 'nonsense'", false)]
    public void Row_55_B100_an_unknown_exchange_type(string profile, string type, string text, bool closesConnection)
    {
        var channel = Open(profile);
        channel.Send(new ExchangeDeclare("x", type));
        if (closesConnection)
            channel.Connection.ExpectClose(ReplyCode.CommandInvalid, text, MethodId.ExchangeDeclare);
        else
            channel.ExpectClose(ReplyCode.PreconditionFailed, text, MethodId.ExchangeDeclare);
    }

    [Theory]
    [InlineData("3.10", true)]
    [InlineData("3.13", true)]
    [InlineData("4.2", false)]
    [InlineData("4.3", false)]
    public void Row_142_a_mandatory_reply_to_a_caller_that_lives(string profile, bool isReturned)
    {
        var caller = Open(profile);
        var server = caller.Connection.OpenChannel(2);
        caller.Consume("amq.rabbitmq.reply-to", noAck: true);
        caller.DeclareQueue("q", durable: true);
        caller.Publish("call", "q", properties: new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to" });
        var replyTo = server.Get("q", noAck: true)!.Value.Content.Properties.ReplyTo.ToString();
        server.Publish("reply", replyTo, mandatory: true);
        caller.ExpectDelivery("reply");
        if (isReturned)
        {
            Assert.Equal(312, server.Expect<BasicReturn>().ReplyCode);
            server.ExpectContent();
        }
        server.ExpectNothing();
    }

    [Theory]
    [InlineData("3.10", false)]
    [InlineData("3.13", false)]
    [InlineData("4.2", false)]
    [InlineData("4.3", true)]
    public void Row_100_B100_three_hashes_in_a_topic_key(string profile, bool isRefused)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true);
        channel.Bind("q", "amq.topic", "#.a.#.b#");
        channel.Send(new QueueBind("q", "amq.topic", "#.#.#.a"));
        if (isRefused)
            channel.ExpectClose(ReplyCode.PreconditionFailed, "Topic binding key '#.#.#.a' uses 3 '#' wildcards, at most 2 are allowed", MethodId.QueueBind);
        else
            channel.Expect<QueueBindOk>();
    }
}
