using System.Buffers.Binary;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: what a message may be: its size, and its body.</summary>
public sealed class ContentProfileTests : ProfileBench
{
    [Theory]
    [InlineData("3.10", 128 * 1024 * 1024)]
    [InlineData("3.13", 128 * 1024 * 1024)]
    [InlineData("4.2", 16 * 1024 * 1024)]
    [InlineData("4.3", 16 * 1024 * 1024)]
    public void Row_32_the_largest_message(string profile, int octets)
    {
        var channel = Open(profile);
        channel.Send(new BasicPublish("", "q"));
        Header(channel, (ulong)octets + 1);
        if (profile is "3.10" or "3.13")
            channel.ExpectNothing(); // These wait for the body, see below.
        else
            channel.ExpectClose(ReplyCode.PreconditionFailed, $"message size {octets + 1} is larger than configured max size {octets}", MethodId.BasicPublish);
    }

    [Theory]
    [InlineData("3.10")]
    [InlineData("3.13")]
    public void Row_32_older_releases_say_that_a_message_is_too_large_when_all_of_it_has_come(string profile)
    {
        var channel = Open(profile, new EngineOptions { MaxMessageOctets = 4 });
        channel.Send(new BasicPublish("", "q"));
        Header(channel, 5);
        Body(channel, 1, 2, 3);
        channel.ExpectNothing();
        Body(channel, 4, 5);
        channel.ExpectClose(ReplyCode.PreconditionFailed, "message size 5 is larger than configured max size 4", MethodId.BasicPublish);
    }

    [Theory]
    [InlineData("3.10", null)]
    [InlineData("3.13", null)]
    [InlineData("4.2", "content body frame exceeds remaining content size")]
    [InlineData("4.3", "content body frame exceeds remaining content size")]
    public void Row_30_B71_a_body_longer_than_announced(string profile, string? text)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true);
        channel.Send(new BasicPublish("", "q"));
        Header(channel, 2);
        Body(channel, 1, 2, 3);
        ExpectNeverWhole(channel, text);
    }

    [Theory]
    [InlineData("3.10", null)]
    [InlineData("3.13", null)]
    [InlineData("4.2", "content body size 9223372036854775808 exceeds maximum allowed size 536870912")]
    [InlineData("4.3", "content body size 9223372036854775808 exceeds maximum allowed size 536870912")]
    public void Row_31_B72_an_absurd_size(string profile, string? text)
    {
        var channel = Open(profile);
        channel.DeclareQueue("q", durable: true);
        channel.Send(new BasicPublish("", "q"));
        Header(channel, 1UL << 63);
        ExpectNeverWhole(channel, text);
    }

    private static void Header(TestChannel channel, ulong size)
    {
        var payload = new byte[14];
        payload[1] = 60;
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), size);
        channel.Connection.SendFrame(FrameType.Header, channel.Number, payload);
    }

    private static void Body(TestChannel channel, params byte[] octets) => channel.Connection.SendFrame(FrameType.Body, channel.Number, octets);

    // Either refused at once with 501, or swallowed until the client does something else.
    private void ExpectNeverWhole(TestChannel channel, string? text)
    {
        if (text is not null)
        {
            channel.Connection.ExpectClose(ReplyCode.FrameError, text, MethodId.BasicPublish);
            return;
        }
        Body(channel, 1, 2, 3);
        Body(channel);
        channel.ExpectNothing();
        channel.Connection.Zero.ExpectNothing();
        channel.Send(new ChannelClose(200, "OK"));
        channel.Connection.ExpectClose(
            ReplyCode.UnexpectedFrame, "expected content body, got non content body frame instead", MethodId.BasicPublish);
        Assert.Equal(0, Broker.Queue("q").Ready);
    }
}
