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

    [Fact]
    public void Row_18_whoever_closes_twice_is_answered_twice_and_ends_the_transport_himself()
    {
        var peer = _bench.Open();
        peer.Write([.. Close(), 8, 0, 0, 0, 0, 0, 0, Frame.End, .. Close()]); // Two threads of a client at once.
        peer.Read<ConnectionCloseOk>();
        peer.Read<ConnectionCloseOk>();
        Assert.False(peer.IsShut);

        peer.WriteMethod(1, new ChannelOpen());
        Assert.True(peer.IsAtEnd);
        peer.WriteMethod(0, new ConnectionClose(200, "again"));
        peer.Read<ConnectionCloseOk>();
        Assert.True(peer.IsAtEnd);

        _bench.Pass(6);
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void After_a_close_broken_frames_end_the_transport_and_a_flood_of_closes_is_not_answered_for_ever()
    {
        var (broken, flooding) = (_bench.Open(), _bench.Open());
        broken.Write([.. Close(), 9, 0, 0]);
        Assert.True(broken.IsShut);

        var before = flooding.ReceivedOctets;
        flooding.Window = 0;
        for (var i = 0; i < 10_000; i++)
            flooding.Write(Close());
        flooding.OpenWindow(int.MaxValue);
        Assert.InRange(flooding.ReceivedOctets - before, 12, 16 * 1024);
    }

    [Fact]
    public void Stopping_does_not_wait_for_those_who_have_closed()
    {
        var peer = _bench.Open();
        peer.Write(Close());
        _bench.Turn.Stop();
        Assert.True(peer.IsShut);
    }

    private static byte[] Close()
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(0, new ConnectionClose(200, "bye"));
        return frames.WrittenSpan.ToArray();
    }
}
