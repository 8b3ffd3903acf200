using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

public sealed class RefusalLogTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void A_closed_channel_and_a_closed_connection_are_one_log_line_each()
    {
        var peer = _bench.OpenChannel();
        peer.WriteMethod(1, new QueueDeclare("line\u0007end", Passive: true));
        peer.Read<ChannelClose>();
        peer.WriteFrame(7, 0);
        peer.Read<ConnectionClose>();

        Assert.Equal(
            [
                $"{peer.Name}: channel 1 is closed: NOT_FOUND - no queue 'line\\u0007end' in vhost '/'",
                $"{peer.Name}: the connection is closed: FRAME_ERROR - type 7, all octets = <<>>: unknown_frame",
            ],
            _bench.Log.Lines.Where(line => line.Contains("is closed", StringComparison.Ordinal)));
    }

    [Fact]
    public void Detail_and_remedy_follow_the_reason()
    {
        Assert.Equal("NOT_FOUND - gone", LogText.Of(new Refusal(ReplyCode.NotFound, "gone")));
        Assert.Equal(
            "PRECONDITION_FAILED - other (one, two). Delete it.",
            LogText.Of(new Refusal(ReplyCode.PreconditionFailed, "other", MethodId.QueueDeclare, "one, two", "Delete it.")));
    }
}
