using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>What is due in the engine is done at its millisecond, not at the next period.</summary>
public sealed class DueTests
{
    private readonly BrokerBench _bench = new();
    private int _earlier;

    public DueTests() => _bench.Turn.Timekeeper.WakeEarlier = () => _earlier++;

    [Fact]
    public void A_dead_letter_leaves_at_the_millisecond_when_its_message_expires()
    {
        var peer = OpenQueues();
        Publish(peer, 30);
        Assert.Equal(30, _bench.Turn.Timekeeper.BeginSleep());
        Advance(29);
        Assert.Equal(1, _bench.Turn.Timekeeper.BeginSleep());
        Assert.True(peer.IsAtEnd);
        Advance(1);
        Assert.Equal("dead", peer.Read<BasicDeliver>().RoutingKey.ToString());
        Assert.Equal(Timekeeper.PeriodMs, _bench.Turn.Timekeeper.BeginSleep());
    }

    [Fact]
    public void Who_sleeps_is_woken_only_for_what_is_earlier_than_it_wakes_anyway()
    {
        var peer = OpenQueues();
        _bench.Turn.Timekeeper.BeginSleep();
        Publish(peer, 10_000);
        Assert.Equal(0, _earlier);
        Publish(peer, 100, "other");
        Assert.Equal(1, _earlier);
        _bench.Turn.Timekeeper.BeginSleep();
        Publish(peer, 150, "third");
        Assert.Equal(1, _earlier);
        _bench.Turn.Timekeeper.EndSleep();
        Publish(peer, 20, "fourth");
        Assert.Equal(1, _earlier); // It is awake, and will see it before it sleeps.
        Assert.Equal(20, _bench.Turn.Timekeeper.BeginSleep());
    }

    [Fact]
    public void Looking_at_what_is_due_does_not_look_at_every_connection()
    {
        var peer = OpenQueues();
        var silent = _bench.Open(heartbeat: 1);
        Publish(peer, 10);
        Advance(600); // The period is over too: half a heartbeat has passed.
        Assert.Equal(FrameType.Heartbeat, silent.ReadFrame().Type);
        Publish(peer, 10);
        Advance(10);
        Publish(peer, 10);
        Advance(10);
        Assert.True(silent.IsAtEnd);
        peer.Read<BasicDeliver>();
    }

    [Fact]
    public async Task A_message_of_an_in_process_client_expires_while_nothing_else_happens()
    {
        foreach (var road in OperatingSystem.IsLinux() ? (IoRoad[])[IoRoad.Epoll, IoRoad.Sockets] : [IoRoad.Sockets])
        {
            await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { IoRoad = road, IoThreads = 2 });
            var delivered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var connection = broker.ConnectInProcess(
                octets =>
                {
                    var reader = new FrameReader(octets, 131072);
                    while (reader.TryRead(out var frame))
                    {
                        if (frame is { Type: FrameType.Method, Channel: 1 } && MethodPayload.ReadId(frame.Payload) == MethodId.BasicDeliver)
                            delivered.TrySetResult();
                    }
                },
                _ => { });
            using var frames = new FrameBuffer();
            frames.WriteRaw(FrameBuffer.ProtocolHeader);
            frames.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
            frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
            frames.WriteMethod(0, new ConnectionOpen("/"));
            frames.WriteMethod(1, default(ChannelOpen));
            WriteQueues(frames);
            WritePublish(frames, 20, "q");
            connection.Write(frames.WrittenSpan);

            await delivered.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    private RawPeer OpenQueues()
    {
        var peer = _bench.OpenChannel();
        using var frames = new FrameBuffer();
        WriteQueues(frames);
        peer.Write(frames.WrittenSpan);
        return peer;
    }

    // Several queues whose dead letters go to the queue dead, and its consumer.
    private static void WriteQueues(FrameBuffer frames)
    {
        var arguments = FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"));
        frames.WriteMethod(1, new QueueDeclare("dead", NoWait: true));
        foreach (var queue in (string[])["q", "other", "third", "fourth"])
            frames.WriteMethod(1, new QueueDeclare(queue, NoWait: true, Arguments: arguments));
        frames.WriteMethod(1, new BasicConsume("dead", "t", NoAck: true, NoWait: true));
    }

    private static void Publish(RawPeer peer, int expirationMs, string queue = "q")
    {
        using var frames = new FrameBuffer();
        WritePublish(frames, expirationMs, queue);
        peer.Write(frames.WrittenSpan);
    }

    private static void WritePublish(FrameBuffer frames, int expirationMs, string queue) =>
        frames.WriteContent(1, new BasicPublish("", queue), new BasicProperties { Expiration = $"{expirationMs}" }, "x"u8, 131072);

    private void Advance(int ms)
    {
        _bench.Time.Advance(TimeSpan.FromMilliseconds(ms));
        _bench.Turn.Tick();
    }
}
