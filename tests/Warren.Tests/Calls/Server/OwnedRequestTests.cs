using Warren.Amqp;
using Warren.Client;

namespace Warren.Tests.Calls.Server;

public sealed class OwnedRequestTests
{
    [Fact]
    public void Nothing_of_it_is_read_from_the_buffer_that_was_given_back()
    {
        var properties = new BasicProperties { MessageId = "the call", CorrelationId = "1", ReplyTo = "replies" };
        var buffer = new ReceiveBuffer(1024);
        var writer = new WireWriter(buffer.Array);
        properties.Write(ref writer);
        var length = properties.EncodedLength;
        "body"u8.CopyTo(buffer.Array.AsSpan(length));
        var item = new ServerItem(
            null!, 1, 0, false, PropertiesView.Read(buffer.Array.AsMemory(0, length)), buffer.Array.AsMemory(length, 4), buffer, default);

        var request = new OwnedRequest(item, method: null);

        Assert.Equal(("the call", "1", "replies"), (request.CallId, request.Item.Properties.CorrelationId.ToString(), request.Item.Properties.ReplyTo.ToString()));
        Assert.Equal("body"u8.ToArray(), request.Item.Body.ToArray());
        Assert.Null(request.Item.Buffer);
    }
}
