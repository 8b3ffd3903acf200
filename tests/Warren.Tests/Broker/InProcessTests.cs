using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

public sealed class InProcessTests
{
    private readonly BrokerBench _bench = new();

    /// <summary>Row 26.</summary>
    [Fact]
    public void The_handshake_is_the_same_without_a_socket()
    {
        var received = new List<byte>();
        var peer = Connect(octets => received.AddRange(octets.Span), _ => { });

        Open(peer);

        var reader = new FrameReader(received.ToArray(), 131072);
        foreach (var expected in (MethodId[])[MethodId.ConnectionStart, MethodId.ConnectionTune, MethodId.ConnectionOpenOk, MethodId.ChannelOpenOk])
        {
            Assert.True(reader.TryRead(out var frame));
            Assert.Equal(expected, MethodPayload.ReadId(frame.Payload));
        }
    }

    [Fact]
    public void A_callback_that_writes_is_not_entered_again_before_it_returns()
    {
        InProcessPeer? peer = null;
        var depth = 0;
        var deepest = 0;
        var answers = 0;
        using var ask = new FrameBuffer();
        ask.WriteMethod(1, new BasicQos());
        peer = Connect(
            _ =>
            {
                deepest = Math.Max(deepest, ++depth);
                if (++answers < 100_000)
                    peer!.Write(ask.WrittenSpan);
                depth--;
            },
            _ => { });

        Open(peer);

        Assert.Equal(100_000, answers);
        Assert.Equal(1, deepest);
    }

    [Fact]
    public async Task Threads_that_write_at_once_get_all_answers_one_call_at_a_time()
    {
        var inside = 0;
        var octets = 0;
        var peer = Connect(
            received =>
            {
                Assert.Equal(1, Interlocked.Increment(ref inside));
                octets += received.Length;
                Interlocked.Decrement(ref inside);
            },
            _ => { });
        Open(peer);
        var before = octets;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var ask = new FrameBuffer();
            ask.WriteMethod(1, new BasicQos());
            for (var i = 0; i < 10_000; i++)
                peer.Write(ask.WrittenSpan);
        })));

        // A thread that found another one delivering has left its octets there and has gone; the last one out has delivered all.
        Assert.Equal(before + (40_000 * 12), octets);
    }

    [Fact]
    public void Closing_calls_back_once_and_ends_the_writing()
    {
        var ends = new List<Exception?>();
        var peer = Connect(_ => { }, ends.Add);
        Open(peer);

        peer.Shut();
        peer.Shut();

        Assert.Null(Assert.Single(ends));
        Assert.False(peer.Write([8]));
        Assert.Equal(0, _bench.Turn.PeerCount);
    }

    [Fact]
    public void Who_goes_on_writing_while_an_alarm_stands_is_left_before_it_fills_the_memory()
    {
        var ends = new List<Exception?>();
        var peer = Connect(_ => { }, ends.Add);
        Open(peer);
        _bench.Turn.Operations.RaiseAlarm(Warren.Engine.Alarms.Memory);
        using var publish = new FrameBuffer();
        publish.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, new byte[1024 * 1024], 131072);
        var written = 0;
        while (peer.Write(publish.WrittenSpan))
            written++;

        Assert.InRange(written, 64, 70);
        Assert.IsType<IOException>(Assert.Single(ends));
        Assert.Contains(_bench.Log.Lines, line => line.EndsWith("it goes on writing while nothing is read from it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_callback_that_throws_ends_its_own_connection_only()
    {
        var ends = new List<Exception?>();
        var peer = Connect(_ => throw new InvalidOperationException("broken"), ends.Add);
        peer.Write(FrameBuffer.ProtocolHeader);

        Assert.IsType<IOException>(Assert.Single(ends));
        _bench.Open();
    }

    private InProcessPeer Connect(Action<ReadOnlyMemory<byte>> received, Action<Exception?> closed)
    {
        var peer = new InProcessPeer(_bench.Turn, received, closed);
        Assert.True(_bench.Turn.Join(peer));
        return peer;
    }

    private static void Open(InProcessPeer peer)
    {
        using var octets = new FrameBuffer();
        octets.WriteRaw(FrameBuffer.ProtocolHeader);
        octets.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
        octets.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        octets.WriteMethod(0, new ConnectionOpen("/"));
        octets.WriteMethod(1, new ChannelOpen());
        peer.Write(octets.WrittenSpan);
    }
}
