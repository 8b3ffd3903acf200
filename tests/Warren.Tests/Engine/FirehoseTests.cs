using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Row 115: the firehose.</summary>
public sealed class FirehoseTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public FirehoseTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("trace");
        _channel.DeclareQueue("q");
        _channel.DeclareQueue("other");
        _channel.Bind("trace", "amq.rabbitmq.trace", "#");
        _channel.Bind("q", "amq.topic", "a.*");
        _channel.Bind("other", "amq.topic", "#");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_115_what_is_published_is_copied_with_where_it_went()
    {
        _broker.Step(Command.Trace(on: true));
        _channel.Publish("x", "a.b", "amq.topic", properties: new BasicProperties
        {
            ContentType = "text/plain",
            DeliveryMode = 2,
            CorrelationId = "7",
            Headers = FieldTable.Create(("CC", new List<object?> { "a.c" }), ("h", 1)),
        });

        var (get, content) = _channel.Get("trace", noAck: true)!.Value;
        Assert.Equal(("amq.rabbitmq.trace", "publish.amq.topic", "x"), (get.Exchange.ToString(), get.RoutingKey.ToString(), content.Body));
        Assert.Equal(
            "exchange_name=amq.topic, routing_keys=[a.b, a.c], properties={correlation_id=7, delivery_mode=2, headers={CC=[a.c], h=1}, content_type=text/plain}, "
            + "node=warren, vhost=/, connection=, channel=1, user=guest, routed_queues=[q, other]",
            Text(content.Properties.Headers));
        Assert.Equal(PropertyFlags.Headers, content.Properties.Flags);
    }

    [Fact]
    public void Row_115_what_is_delivered_is_copied_with_its_queue()
    {
        _channel.Publish("x", "q");
        _broker.Step(Command.Trace(on: true));
        var tag = _channel.Get("q")!.Value.Get.DeliveryTag;
        _channel.Send(new BasicReject(tag, Requeue: true));
        _channel.Consume("q");
        _channel.ExpectDelivery("x", redelivered: true);

        var first = _channel.Get("trace", noAck: true)!.Value;
        var second = _channel.Get("trace", noAck: true)!.Value;
        Assert.Equal(("deliver.q", "deliver.q"), (first.Get.RoutingKey.ToString(), second.Get.RoutingKey.ToString()));
        Assert.EndsWith("exchange_name=, routing_keys=[q], properties={}, node=warren, vhost=/, connection=, channel=1, user=guest, redelivered=0", Text(first.Content.Properties.Headers));
        Assert.EndsWith("redelivered=1", Text(second.Content.Properties.Headers));
        Assert.Null(_channel.Get("trace"));
    }

    [Fact]
    public void Row_115_the_default_exchange_is_traced_and_what_the_firehose_sends_is_not()
    {
        _broker.Step(Command.Trace(on: true));
        _channel.Consume("trace", noAck: true);
        _channel.Publish("x", "nowhere");
        Assert.Equal("publish.", _channel.Expect<BasicDeliver>().RoutingKey.ToString());
        Assert.EndsWith("routed_queues=[]", Text(_channel.ExpectContent().Properties.Headers));
        _channel.Publish("y", "q");
        _channel.Expect<BasicDeliver>();
        Assert.EndsWith("routed_queues=[q]", Text(_channel.ExpectContent().Properties.Headers));
        _channel.ExpectNothing();
    }

    [Fact]
    public void Row_115_a_firehose_that_is_closed_or_that_nobody_listens_to_copies_nothing()
    {
        _broker.Step(Command.Trace(on: true));
        _broker.Step(Command.Trace(on: false));
        _channel.Publish("x", "q");
        Assert.Null(_channel.Get("trace"));

        _broker.Step(Command.Trace(on: true));
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("trace", "amq.rabbitmq.trace", "#"));
        _channel.Publish("x", "q");
        Assert.Null(_channel.Get("trace"));
    }

    [Fact]
    public void Row_115_the_longest_name_is_cut_to_a_key()
    {
        var name = new string('n', 255);
        _channel.DeclareExchange(name, "fanout");
        _broker.Step(Command.Trace(on: true));
        _channel.Publish("x", "", name);
        Assert.Equal("publish." + name[..247], _channel.Get("trace", noAck: true)!.Value.Get.RoutingKey.ToString());
    }

    private static string Text(FieldTable table) => string.Join(", ", table.ToDictionary().Select(field => $"{field.Key}={Text(field.Value)}"));

    private static string Text(object? value) => value switch
    {
        List<object?> list => $"[{string.Join(", ", list.Select(Text))}]",
        Dictionary<string, object?> table => $"{{{string.Join(", ", table.Select(field => $"{field.Key}={Text(field.Value)}"))}}}",
        _ => $"{value}",
    };
}
