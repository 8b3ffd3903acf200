using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class DirectReplyToTests : IDisposable
{
    private const string PseudoQueue = "amq.rabbitmq.reply-to";

    private readonly EngineHarness _broker = new();
    private readonly TestChannel _client;
    private readonly TestChannel _server;

    public DirectReplyToTests()
    {
        _client = _broker.OpenChannel();
        _server = _broker.OpenChannel();
        _server.DeclareQueue("rpc");
        _server.Consume("rpc", noAck: true);
    }

    public void Dispose() => _broker.Dispose();

    /// <summary>Row 140.</summary>
    [Fact]
    public void A_reply_reaches_the_channel_that_asked()
    {
        _client.Consume(PseudoQueue, "replies", noAck: true);
        var address = Call();
        Assert.Matches("^amq\\.rabbitmq\\.reply-to\\.[A-Za-z0-9_-]{22}$", address);
        _server.Publish("reply", address, mandatory: true);
        var deliver = _client.Expect<BasicDeliver>();
        Assert.Equal(("replies", address), (deliver.ConsumerTag.ToString(), deliver.RoutingKey.ToString()));
        Assert.Equal("reply", _client.ExpectContent().Body);
        _server.ExpectNothing(); // Delivered, so not returned.
    }

    [Fact]
    public void Other_properties_of_the_request_stay_as_they_were()
    {
        _client.Consume(PseudoQueue, noAck: true);
        var properties = new BasicProperties
        {
            ContentType = "text/plain", Headers = FieldTable.Create(("h", 1)), CorrelationId = "7", ReplyTo = PseudoQueue, AppId = "app",
        };
        _client.Publish("request", "rpc", properties: properties);
        _server.Expect<BasicDeliver>();
        var received = _server.ExpectContent().Properties.ToProperties();
        Assert.Equal(properties, received with { ReplyTo = PseudoQueue });
    }

    [Fact]
    public void The_address_dies_with_its_channel_and_with_its_consumer()
    {
        _client.Consume(PseudoQueue, "replies", noAck: true);
        var address = Call();
        Assert.Equal(new QueueDeclareOk(address, 0, 1), _server.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare(address, Passive: true)));
        _client.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("replies"));
        ExpectDead(address);
        _client.Consume(PseudoQueue, noAck: true);
        address = Call();
        _client.Connection.Lose();
        ExpectDead(address);
    }

    /// <summary>Row 141.</summary>
    [Fact]
    public void The_pseudo_queue_can_be_declared()
    {
        var ok = _client.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare(PseudoQueue));
        Assert.Equal(new QueueDeclareOk(PseudoQueue, 0, 1), ok);
    }

    [Fact]
    public void It_has_to_be_consumed_without_acknowledgement()
    {
        _client.Send(new BasicConsume(PseudoQueue));
        _client.ExpectClose(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge", MethodId.BasicConsume);
    }

    [Fact]
    public void It_can_be_consumed_once_on_a_channel()
    {
        _client.Consume(PseudoQueue, noAck: true);
        _client.Send(new BasicConsume(PseudoQueue, NoAck: true));
        _client.ExpectClose(ReplyCode.PreconditionFailed, "reply consumer already set", MethodId.BasicConsume);
    }

    [Fact]
    public void A_request_needs_the_consumer()
    {
        _client.Publish("request", "rpc", properties: new BasicProperties { ReplyTo = PseudoQueue });
        _client.ExpectClose(ReplyCode.PreconditionFailed, "fast reply consumer does not exist", MethodId.BasicPublish);
        _server.ExpectNothing();
    }

    [Fact]
    public void That_the_consumer_is_missing_comes_before_what_else_is_wrong_with_a_request()
    {
        _client.Publish("x", "rpc", properties: new BasicProperties { ReplyTo = PseudoQueue, UserId = "bob", Expiration = "abc" });
        _client.ExpectClose(ReplyCode.PreconditionFailed, "fast reply consumer does not exist", MethodId.BasicPublish);
    }

    [Fact]
    public void Its_tag_may_be_another_consumers_too()
    {
        _client.Consume(PseudoQueue, "t", noAck: true);
        _client.DeclareQueue("q");
        _client.Consume("q", "t", noAck: true);
        var address = Call();
        _client.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("t"));
        ExpectDead(address);
        _client.Publish("x", "q");
        _client.ExpectDelivery("x", consumer: "t");
    }

    [Fact]
    public void It_cannot_be_bound()
    {
        _client.Send(new QueueBind(PseudoQueue, "amq.direct", "k"));
        _client.ExpectClose(
            ReplyCode.AccessRefused, "operation not permitted on volatile queue 'amq.rabbitmq.reply-to' in vhost '/'", MethodId.QueueBind);
    }

    private string Call()
    {
        _client.Publish("request", "rpc", properties: new BasicProperties { ReplyTo = PseudoQueue, CorrelationId = "1" });
        _server.Expect<BasicDeliver>();
        return _server.ExpectContent().Properties.ReplyTo.ToString();
    }

    private void ExpectDead(string address)
    {
        _server.Publish("late", address, mandatory: true);
        Assert.Equal((ushort)312, _server.Expect<BasicReturn>().ReplyCode);
        _server.ExpectContent();
        var probe = _server.Connection.OpenChannel(2);
        probe.Send(new QueueDeclare(address, Passive: true));
        probe.ExpectClose(ReplyCode.NotFound, $"no queue '{address}' in vhost '/'", MethodId.QueueDeclare);
    }
}
