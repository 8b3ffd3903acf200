using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

public sealed class TimeTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void Heartbeats_leave_every_half_interval()
    {
        var peer = _bench.Open(heartbeat: 2);
        _bench.Pass(3);
        for (var i = 0; i < 3; i++)
            Assert.Equal(FrameType.Heartbeat, peer.ReadFrame().Type);
        Assert.True(peer.IsAtEnd);
    }

    [Fact]
    public void A_silent_client_is_dropped_after_two_intervals()
    {
        var peer = _bench.Open(heartbeat: 2);
        _bench.Pass(4);
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void Any_octet_is_a_sign_of_life()
    {
        var peer = _bench.Open(heartbeat: 2);
        foreach (var octet in (byte[])[8, 0, 0, 0, 0, 0, 0])
        {
            _bench.Pass(3);
            peer.Write([octet]);
        }
        _bench.Pass(3);
        Assert.False(peer.IsAborted);
    }

    [Fact]
    public void B33_heartbeats_get_no_reply()
    {
        var peer = _bench.Open(heartbeat: 60);
        for (var i = 0; i < 1000; i++)
            peer.WriteFrame(8, 0);
        Assert.True(peer.IsAtEnd);
        Assert.Equal(PeerState.Open, peer.State);
    }

    [Theory]
    [InlineData(1, false, 505)]
    [InlineData(0, true, 501)]
    public void B31_B32_a_heartbeat_on_a_channel_or_with_a_payload_closes(ushort channel, bool hasPayload, ushort code)
    {
        var peer = _bench.Open();
        peer.WriteFrame(8, channel, hasPayload ? [1] : []);
        Assert.Equal(code, peer.Read<ConnectionClose>().ReplyCode);
    }

    [Fact]
    public void Heartbeat_0_switches_off()
    {
        var peer = _bench.Open(heartbeat: 0);
        _bench.Pass(600);
        Assert.False(peer.IsAborted);
        Assert.True(peer.IsAtEnd);
    }

    [Fact]
    public void B35_half_a_frame_and_silence_is_dropped_after_a_minute()
    {
        var peer = _bench.Open(heartbeat: 0);
        peer.Write([1, 0, 1, 0]);
        _bench.Pass(60);
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);
        Assert.True(peer.IsAborted);
    }

    // Between two frames: the last one was whole, and the message is not.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void B74_half_a_message_and_silence_is_dropped_after_a_minute(bool hasHeader)
    {
        var peer = _bench.OpenChannel();
        peer.WriteMethod(1, new BasicPublish("", "q"));
        if (hasHeader)
            peer.WriteFrame(2, 1, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0);
        _bench.Pass(50);
        peer.WriteFrame(8, 0); // A sign of life: the minute starts again.
        _bench.Pass(60);
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void An_idle_connection_holds_no_buffer()
    {
        var peer = _bench.Open();
        _bench.Pass(1);
        peer.Outbound.Pending.WriteHeartbeat();
        Assert.Equal(8, peer.Outbound.Octets); // And the buffers still work.
    }
}
