using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class ContentTests : IDisposable
{
    private const string NoMethod = "expected method frame, got non method frame instead";
    private const string NoHeader = "expected content header for class 60, got non content header frame instead";
    private const string NoBody = "expected content body, got non content body frame instead";

    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public ContentTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("q");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Header_or_body_without_a_method_closes_with_505()
    {
        Header(0);
        ExpectUnexpected(NoMethod, 0);
        var other = _broker.OpenChannel();
        other.Connection.SendFrame(FrameType.Body, 1, 65);
        other.Connection.ExpectClose(ReplyCode.UnexpectedFrame, NoMethod);
    }

    [Fact]
    public void Content_on_a_channel_never_opened_closes_with_505()
    {
        _channel.Connection.SendFrame(FrameType.Header, 9, new byte[14]);
        ExpectUnexpected(NoMethod, 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_method_or_a_body_instead_of_the_header_closes_with_505(bool method)
    {
        _channel.Send(new BasicPublish("", "q"));
        if (method)
            _channel.Send(new ChannelClose(200, "OK"));
        else
            Body(65);
        ExpectUnexpected(NoHeader, MethodId.BasicPublish);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_method_or_a_header_instead_of_the_body_closes_with_505(bool method)
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(5);
        if (method)
            _channel.Send(new ChannelClose(200, "OK"));
        else
            Header(5);
        ExpectUnexpected(NoBody, MethodId.BasicPublish);
    }

    [Fact]
    public void A_header_of_another_class_closes_with_505()
    {
        _channel.Send(new BasicPublish("", "q"));
        _channel.Connection.SendFrame(FrameType.Header, 1, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        ExpectUnexpected("expected content header for class 60, got one for class 50 instead", MethodId.BasicPublish);
    }

    [Fact]
    public void A_weight_closes_with_505()
    {
        _channel.Send(new BasicPublish("", "q"));
        _channel.Connection.SendFrame(FrameType.Header, 1, 0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        ExpectUnexpected(NoHeader, MethodId.BasicPublish);
    }

    [Fact]
    public void B30_a_header_without_room_for_its_fields_closes_with_501()
    {
        _channel.Send(new BasicPublish("", "q"));
        _channel.Connection.SendFrame(FrameType.Header, 1, 0, 60, 0, 0, 0, 0, 0);
        _channel.Connection.ExpectClose(ReplyCode.FrameError, "type 2, all octets = <<0,60,0,0,0,0,0>>: unknown_frame");
        foreach (var number in (ushort[])[0, 1, 9])
        {
            var connection = _broker.OpenChannel().Connection;
            connection.SendFrame(FrameType.Header, number, 0, 60);
            connection.ExpectClose(ReplyCode.FrameError, "type 2, all octets = <<0,60>>: unknown_frame");
        }
    }

    [Fact]
    public void Row_29_content_on_channel_0_closes_with_505_and_its_first_octets()
    {
        _channel.Connection.SendFrame(FrameType.Body, 0, "abcdefghijklmnopqrstuvwx"u8.ToArray());
        ExpectUnexpected("type 3, first 16 octets = <<\"abcdefghijklmnop\">>", 0);
        var other = _broker.Connect();
        other.SendFrame(FrameType.Header, 0, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0]);
        other.ExpectClose(ReplyCode.UnexpectedFrame, "type 2, all octets = <<0,60,0,0,0,0,0,0,0,0,0,5,0,0>>");
    }

    // B51 to B55 inside of the headers: 501, where the arguments of a method get 502.
    [Theory]
    [InlineData("00000005" + "01615A0000", "unknown field value type 90")]
    [InlineData("00000005" + "0161490000", "cannot decode field table: a field value runs past its table")]
    [InlineData("00000004" + "09616263", "cannot decode field table: a field name runs past its table")]
    public void B80_headers_that_are_no_table_close_with_501(string table, string text)
    {
        _channel.Send(new BasicPublish("", "q"));
        _channel.Connection.SendFrame(FrameType.Header, 1, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, .. Convert.FromHexString(table)]);
        _channel.Connection.ExpectClose(ReplyCode.FrameError, text, MethodId.BasicPublish);
    }

    [Fact]
    public void B80_headers_that_are_nested_too_deep_close_with_501()
    {
        var headers = new List<byte>();
        for (var level = 0; level < 33; level++)
            headers.InsertRange(0, [1, (byte)'n', (byte)'F', 0, 0, 0, (byte)headers.Count]);
        _channel.Send(new BasicPublish("", "q"));
        _channel.Connection.SendFrame(FrameType.Header, 1, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, (byte)headers.Count, .. headers]);
        _channel.Connection.ExpectClose(ReplyCode.FrameError, "field table is nested deeper than 32 levels", MethodId.BasicPublish);
    }

    [Fact]
    public void A_body_after_an_empty_message_closes_with_505_and_the_message_stands()
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(0);
        Body(65);
        ExpectUnexpected(NoMethod, 0);
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_body_longer_than_announced_closes_with_501_and_nothing_is_stored()
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(2);
        Body(65);
        Body(65, 65);
        _channel.Connection.ExpectClose(
            ReplyCode.FrameError, "content body frame exceeds remaining content size", MethodId.BasicPublish);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Theory]
    [InlineData(536_870_913)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void An_absurd_size_closes_with_501(ulong length)
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(length);
        _channel.Connection.ExpectClose(
            ReplyCode.FrameError, $"content body size {length} exceeds maximum allowed size 536870912", MethodId.BasicPublish);
    }

    [Fact]
    public void A_message_too_large_closes_the_channel_at_its_header_and_its_body_is_ignored()
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(16777217);
        Body(65, 66);
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed, "message size 16777217 is larger than configured max size 16777216", MethodId.BasicPublish);
    }

    [Fact]
    public void Empty_body_frames_without_end_close_with_501()
    {
        _channel.Send(new BasicPublish("", "q"));
        Header(2);
        for (var i = 0; i < 1024; i++)
            Body();
        Body(65);
        for (var i = 0; i < 1024; i++)
            Body();
        _channel.ExpectNothing();
        Body();
        _channel.Connection.ExpectClose(
            ReplyCode.FrameError, "more than 1024 empty content body frames in a row", MethodId.BasicPublish);
    }

    [Fact]
    public void Unfinished_bodies_of_a_connection_are_bounded()
    {
        var part = new byte[8 * 1024 * 1024];
        for (ushort number = 2; number <= 9; number++)
        {
            var channel = _channel.Connection.OpenChannel(number);
            channel.Send(new BasicPublish("", "q"));
            Header(16_000_000, number);
            _channel.Connection.SendFrame(FrameType.Body, number, part);
        }
        _channel.Connection.OpenChannel(10).Send(new BasicPublish("", "q"));
        Header(16_000_000, 10);
        _channel.Connection.SendFrame(FrameType.Body, 10, 65);
        _channel.Connection.ExpectClose(
            ReplyCode.ResourceError, "unfinished content of more than 67108864 octets", MethodId.BasicPublish);
    }

    [Fact]
    public void Publishes_on_two_channels_may_interleave()
    {
        var other = _channel.Connection.OpenChannel(2);
        _channel.Send(new BasicPublish("", "q"));
        Header(1);
        other.Publish("whole", "q");
        Body(65);
        Assert.Equal(["whole", "A"], _channel.Drain("q"));
    }

    /// <summary>Rows 113 and 114.</summary>
    [Fact]
    public void Bodies_and_properties_come_out_as_they_went_in()
    {
        var body = new string('x', 300_000);
        var properties = new BasicProperties
        {
            ContentType = "text/plain", Headers = FieldTable.Create(("a", 1), ("b", "two")), DeliveryMode = 2, Priority = 3,
            CorrelationId = "c", ReplyTo = "r", MessageId = "m", Type = "t", AppId = "app", ClusterId = "cl",
        };
        _channel.Publish(body, "q", properties: properties);
        _channel.Publish("", "q");
        var (get, content) = _channel.Get("q")!.Value;
        Assert.Equal(body, content.Body);
        Assert.Equal(properties, content.Properties.ToProperties());
        Assert.Equal(("", "q", 1u), (get.Exchange.ToString(), get.RoutingKey.ToString(), get.MessageCount));
        Assert.Equal("", _channel.Get("q")!.Value.Content.Body);
    }

    [Fact]
    public void A_body_leaves_in_frames_of_the_receivers_frame_max()
    {
        var small = _broker.Connect(frameMax: 4096).OpenChannel();
        _channel.Publish(new string('x', 10_000), "q");
        small.Send(new BasicGet("q", true));
        small.Expect<BasicGetOk>();
        Assert.All(small.Connection.Received(1), frame => Assert.InRange(frame.Payload.Length, 1, 4088));
        Assert.Equal(10_000, small.ExpectContent().Body.Length);
    }

    private void ExpectUnexpected(string explanation, MethodId method) =>
        _channel.Connection.ExpectClose(ReplyCode.UnexpectedFrame, explanation, method);

    private void Header(ulong length, ushort channel = 1)
    {
        var payload = new byte[14];
        payload[1] = 60;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), length);
        _channel.Connection.SendFrame(FrameType.Header, channel, payload);
    }

    private void Body(params byte[] octets) => _channel.Connection.SendFrame(FrameType.Body, 1, octets);
}
