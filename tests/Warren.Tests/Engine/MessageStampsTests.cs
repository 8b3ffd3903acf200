using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Row 114: the time of arrival and the broker's name in every message, where somebody asks for it.</summary>
public sealed class MessageStampsTests : IDisposable
{
    private readonly List<EngineHarness> _brokers = [];
    private EngineHarness Broker => _brokers[^1];

    public void Dispose() => _brokers.ForEach(static broker => broker.Dispose());

    [Fact]
    public void Row_114_nothing_is_added_that_nobody_asked_for()
    {
        var content = Send(new EngineOptions(), null);
        Assert.Equal((PropertyFlags)0, content.Properties.Flags);
    }

    [Theory]
    [InlineData(Stamping.Keep)]
    [InlineData(Stamping.Overwrite)]
    public void Row_114_a_message_gets_the_time_in_header_and_property(Stamping stamping)
    {
        var content = Send(new EngineOptions { StampTimestamp = stamping }, null);
        Assert.Equal($"timestamp_in_ms={Broker.Now.ToUnixTimeMilliseconds()}", HeaderText.Of(content.Properties.Headers));
        Assert.True(content.Properties.Headers.TryGet("timestamp_in_ms", out var value));
        Assert.Equal(FieldType.SignedLong, value.Type);
        Assert.Equal((ulong)Broker.Now.ToUnixTimeSeconds(), content.Properties.TimestampSeconds);
        Assert.Equal(PropertyFlags.Headers | PropertyFlags.Timestamp, content.Properties.Flags);
    }

    [Theory]
    [InlineData(Stamping.Keep, "a=1\ntimestamp_in_ms=mine\nx-routed-by=me\nz=2", 5)]
    [InlineData(Stamping.Overwrite, "a=1\nz=2\ntimestamp_in_ms=1767225600000\nx-routed-by=node", 1767225600)]
    public void Row_114_what_the_publisher_wrote_is_kept_or_overwritten(Stamping stamping, string headers, long timestamp)
    {
        var properties = new BasicProperties
        {
            ContentType = "text/plain",
            Headers = FieldTable.Create(("a", 1), ("timestamp_in_ms", "mine"), ("x-routed-by", "me"), ("z", 2)),
            MessageId = "m",
            Timestamp = DateTimeOffset.FromUnixTimeSeconds(5),
            Type = "t",
            AppId = "app",
        };
        var content = Send(new EngineOptions { StampTimestamp = stamping, StampNode = stamping, NodeName = "node" }, properties);
        Assert.Equal(headers, HeaderText.Of(content.Properties.Headers));
        Assert.Equal(properties with { Headers = null, Timestamp = DateTimeOffset.FromUnixTimeSeconds(timestamp) }, content.Properties.ToProperties() with { Headers = null });
    }

    [Fact]
    public void Row_114_the_property_is_kept_and_the_header_added_each_by_itself()
    {
        var content = Send(new EngineOptions { StampTimestamp = Stamping.Keep }, new BasicProperties { Timestamp = DateTimeOffset.FromUnixTimeSeconds(5) });
        Assert.Equal(5ul, content.Properties.TimestampSeconds);
        Assert.Equal($"timestamp_in_ms={Broker.Now.ToUnixTimeMilliseconds()}", HeaderText.Of(content.Properties.Headers));
    }

    [Fact]
    public void Row_114_the_node_is_added_alone_and_a_headers_exchange_sees_it()
    {
        _brokers.Add(new EngineHarness(new EngineOptions { StampNode = Stamping.Keep, NodeName = "node" }));
        var channel = Broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Bind("q", "amq.headers", arguments: FieldTable.Create(("x-match", "all-with-x"), ("x-routed-by", "node")));
        channel.Publish("x", "", "amq.headers");
        var content = channel.Get("q")!.Value.Content;
        Assert.Equal("x-routed-by=node", HeaderText.Of(content.Properties.Headers));
        Assert.False(content.Properties.Has(PropertyFlags.Timestamp));
    }

    [Fact]
    public void Row_114_BCC_stays_hidden_and_a_returned_message_has_the_stamps_too()
    {
        _brokers.Add(new EngineHarness(new EngineOptions { StampNode = Stamping.Overwrite, NodeName = "node" }));
        var channel = Broker.OpenChannel();
        channel.DeclareQueue("hidden");
        channel.Publish("x", "nobody", "", properties: new BasicProperties { Headers = FieldTable.Create(("BCC", new[] { "hidden" })) });
        Assert.Equal("x-routed-by=node", HeaderText.Of(channel.Get("hidden")!.Value.Content.Properties.Headers));
        channel.Publish("x", "nobody", "", mandatory: true);
        channel.Expect<BasicReturn>();
        Assert.Equal("x-routed-by=node", HeaderText.Of(channel.ExpectContent().Properties.Headers));
    }

    private Content Send(EngineOptions options, BasicProperties? properties)
    {
        _brokers.Add(new EngineHarness(options));
        var channel = Broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Publish("x", "q", properties: properties);
        return channel.Get("q")!.Value.Content;
    }
}
