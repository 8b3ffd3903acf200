using System.Net.Sockets;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

public sealed class BackPressureTests
{
    private const int Limit = 64 * 1024;

    private readonly BrokerBench _bench = new(new BrokerOptions { OutboundLimit = Limit });

    [Fact]
    public void B106_a_consumer_that_never_reads_gets_no_more_than_the_limit()
    {
        var consumer = Consumer();
        consumer.Window = 0;
        var publisher = _bench.OpenChannel();
        Publish(publisher, count: 300, octets: 1000);

        Assert.InRange(consumer.Outbound.Octets, Limit - 1100, Limit + 1100);
    }

    [Fact]
    public void A_consumer_that_reads_again_gets_everything_in_order()
    {
        var consumer = Consumer();
        consumer.Window = 0;
        var publisher = _bench.OpenChannel();
        Publish(publisher, count: 300, octets: 1000);

        while (consumer.Outbound.State == SendState.Blocked)
            consumer.OpenWindow(7000);

        for (ulong tag = 1; tag <= 300; tag++)
        {
            Assert.Equal(tag, consumer.Read<BasicDeliver>().DeliveryTag);
            consumer.ReadFrame();
            Assert.Equal((byte)tag, consumer.ReadFrame().Payload.Span[0]);
        }
        Assert.True(consumer.IsAtEnd);
    }

    [Fact]
    public void B108_a_client_that_asks_and_does_not_read_is_not_read_from()
    {
        var peer = _bench.OpenChannel();
        peer.Window = 0;
        using var asks = new FrameBuffer();
        for (var i = 0; i < 20_000; i++)
            asks.WriteMethod(1, new BasicQos());
        peer.Write(asks.WrittenSpan);

        Assert.True(peer.IsPaused);
        Assert.InRange(peer.Outbound.Octets, 2 * Limit, (2 * Limit) + 100);

        peer.OpenWindow(int.MaxValue);
        for (var i = 0; i < 20_000; i++)
            peer.Read<BasicQosOk>();
        Assert.True(peer.IsAtEnd);
        Assert.True(peer.Resumes > 0);
    }

    [Fact]
    public void B108_A_publisher_that_does_not_read_its_confirms_is_not_read_from()
    {
        var peer = _bench.OpenChannel();
        peer.WriteMethod(1, new ConfirmSelect(NoWait: true));
        peer.Window = 0;
        var published = 0;
        while (!peer.IsPaused && published < 100_000)
        {
            Publish(peer, count: 1, octets: 1);
            published++;
        }
        Assert.InRange(peer.Outbound.Octets, 2 * Limit, (2 * Limit) + 100);

        Publish(peer, count: 1000, octets: 1); // Stays where it is; then it is one batch, with one confirm.
        peer.OpenWindow(int.MaxValue);

        for (var tag = 1; tag < published; tag++) // Of the last one, only the method was read.
            Assert.Equal(new BasicAck((ulong)tag, false), peer.Read<BasicAck>());
        Assert.Equal(new BasicAck((ulong)published + 1000, true), peer.Read<BasicAck>());
        Assert.True(peer.IsAtEnd);
    }

    [Fact]
    public void B109_Asking_an_empty_queue_again_and_again_takes_no_memory()
    {
        var peer = _bench.OpenChannel();
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Forget();
        using var asks = new FrameBuffer();
        for (var i = 0; i < 1000; i++)
            asks.WriteMethod(1, new BasicGet("q"));
        for (var i = 0; i < 10; i++) // The first ones make the buffers.
            Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            Ask();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000); // Of a million questions: less than an octet for each.

        void Ask()
        {
            peer.Write(asks.WrittenSpan);
            Assert.Equal(1000 * 13, peer.AllReceived.Length); // basic.get-empty has 13 octets.
            peer.Forget();
        }
    }

    [Fact]
    public void The_end_of_one_pause_does_not_end_another()
    {
        var peer = _bench.OpenChannel();
        PeerFlow.Pause(peer, Pauses.Alarm);
        PeerFlow.Pause(peer, Pauses.Login);
        peer.WriteMethod(1, new BasicQos());
        PeerFlow.Resume(peer, Pauses.Login);
        Flusher.Current.Run();
        Assert.Equal(0, peer.Resumes);
        Assert.True(peer.IsAtEnd);

        PeerFlow.Resume(peer, Pauses.Alarm);
        Flusher.Current.Run();

        Assert.Equal(1, peer.Resumes);
        peer.Read<BasicQosOk>();
        Assert.False(peer.IsPaused);
    }

    [Fact]
    public void A_pause_for_an_alarm_stays_when_the_client_reads_again()
    {
        var peer = _bench.OpenChannel();
        peer.Window = 0;
        using var asks = new FrameBuffer();
        for (var i = 0; i < 20_000; i++)
            asks.WriteMethod(1, new BasicQos());
        peer.Write(asks.WrittenSpan);
        Assert.Equal(Pauses.Outbound, peer.Pauses);

        PeerFlow.Pause(peer, Pauses.Alarm);
        peer.OpenWindow(int.MaxValue);
        Assert.Equal((Pauses.Alarm, 0), (peer.Pauses, peer.Resumes));

        PeerFlow.Resume(peer, Pauses.Alarm);
        Flusher.Current.Run();
        for (var i = 0; i < 20_000; i++)
            peer.Read<BasicQosOk>();
        Assert.True(peer.IsAtEnd);
    }

    // The pause is over as soon as the socket has taken everything, before the thread that reads looks again: it must go on with what it has.
    [Fact]
    public async Task Frames_that_a_short_pause_left_behind_are_read_without_waiting_for_more()
    {
        const int asked = 2000;
        foreach (var road in OperatingSystem.IsLinux() ? (IoRoad[])[IoRoad.Epoll, IoRoad.Sockets] : [IoRoad.Sockets])
        {
            await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { IoRoad = road, OutboundLimit = 1000 });
            using var client = new TcpClient();
            await client.ConnectAsync(broker.EndPoint);
            var stream = client.GetStream();
            using var frames = new FrameBuffer();
            frames.WriteRaw(FrameBuffer.ProtocolHeader);
            frames.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
            frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
            frames.WriteMethod(0, new ConnectionOpen("/"));
            frames.WriteMethod(1, default(ChannelOpen));
            for (var i = 0; i < asked; i++)
                frames.WriteMethod(1, new BasicQos());
            await stream.WriteAsync(frames.Written);

            var received = new MemoryStream();
            var answers = 0;
            var buffer = new byte[65536];
            while (answers < asked)
            {
                var count = await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
                Assert.NotEqual(0, count);
                received.Write(buffer, 0, count);
                answers = CountAnswers(received.ToArray());
            }
        }
    }

    [Fact]
    public void A_consumer_that_does_not_read_at_all_is_dropped_by_its_heartbeat()
    {
        var peer = _bench.Open(heartbeat: 2);
        peer.Window = 0;
        _bench.Pass(4.5);
        Assert.True(peer.IsAborted);
    }

    private RawPeer Consumer()
    {
        var consumer = _bench.OpenChannel();
        consumer.WriteMethod(1, new QueueDeclare { Queue = "q" });
        consumer.Read<QueueDeclareOk>();
        consumer.WriteMethod(1, new BasicConsume { Queue = "q", NoAck = true });
        consumer.Read<BasicConsumeOk>();
        return consumer;
    }

    private static void Publish(RawPeer publisher, int count, int octets)
    {
        using var frames = new FrameBuffer();
        var body = new byte[octets];
        for (var i = 1; i <= count; i++)
        {
            body[0] = (byte)i;
            frames.WriteContent(1, new BasicPublish { RoutingKey = "q" }, new BasicProperties(), body, 131072);
        }
        publisher.Write(frames.WrittenSpan);
    }

    private static int CountAnswers(byte[] octets)
    {
        var answers = 0;
        var reader = new FrameReader(octets, 131072);
        while (reader.TryRead(out var frame))
            answers += frame.Type == FrameType.Method && MethodPayload.ReadId(frame.Payload) == MethodId.BasicQosOk ? 1 : 0;
        return answers;
    }
}
