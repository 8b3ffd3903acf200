using Warren.Amqp;

namespace Warren.Tests.Broker;

public sealed class StopTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void Stopping_closes_every_connection_with_320_and_waits_for_close_ok()
    {
        var peer = _bench.Open();

        _bench.Turn.Stop();

        var close = peer.Read<ConnectionClose>();
        Assert.Equal(320, close.ReplyCode);
        Assert.Equal("CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'", close.ReplyText.ToString());
        Assert.False(_bench.Turn.Empty.IsCompleted);

        peer.WriteMethod(0, new ConnectionCloseOk());
        Assert.True(peer.IsShut);
        _bench.Turn.Lost(peer);
        Assert.True(_bench.Turn.Empty.IsCompleted);
    }

    [Fact]
    public void Stopping_drops_who_has_not_logged_in_and_takes_nobody()
    {
        var peer = _bench.Greet();
        _bench.Turn.Stop();
        Assert.True(peer.IsAborted);
        Assert.True(_bench.Turn.Empty.IsCompleted);
        Assert.False(_bench.Turn.Join(new RawPeer(_bench.Turn, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1))));
    }

    [Fact]
    public void B26_after_a_broken_frame_nothing_more_is_read()
    {
        var peer = _bench.Open();
        peer.Write([1, 0, 1, 0, 0, 0, 5, 0, 20, 0, 10, 0, 0]);
        Assert.Equal(501, peer.Read<ConnectionClose>().ReplyCode);
        Assert.True(peer.IsShut);

        peer.WriteMethod(1, new ChannelOpen());

        Assert.True(peer.IsAtEnd);
    }
}
