using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

/// <summary>Rows 144 to 146: what the host does when memory or disk run out.</summary>
public sealed class AlarmTests
{
    private const int Limit = 1_000_000;

    private readonly BrokerBench _bench = new(new BrokerOptions { MemoryLimit = Limit });

    [Fact]
    public void B107_A_flood_stops_at_the_memory_limit_and_goes_on_when_consumers_have_drained_it()
    {
        var publisher = OpenChannel();
        var consumer = _bench.OpenChannel();
        consumer.WriteMethod(1, new QueueDeclare("q"));
        consumer.Read<QueueDeclareOk>();
        var published = 0;
        while (!publisher.IsPaused)
        {
            Publish(publisher, octets: 10_000);
            published++;
        }

        Assert.InRange(_bench.Turn.Operations.MemoryOctets, Limit, Limit + (3 * 17_000));
        Assert.Equal(Alarms.Memory, _bench.Turn.Operations.Alarms);
        Assert.Equal("low on memory", publisher.Read<ConnectionBlocked>().Reason.ToString());
        Publish(publisher, octets: 10_000); // It stays in the socket.
        Assert.InRange(_bench.Turn.Operations.MemoryOctets, Limit, Limit + (3 * 17_000));

        consumer.WriteMethod(1, new BasicConsume("q", "t", NoAck: true));
        consumer.Read<BasicConsumeOk>();
        _bench.Pass(0.25);

        Assert.Equal(Alarms.None, _bench.Turn.Operations.Alarms);
        publisher.Read<ConnectionUnblocked>();
        Assert.False(publisher.IsPaused);
        for (var i = 0; i <= published; i++) // The one that waited in the socket, too.
        {
            consumer.Read<BasicDeliver>();
            consumer.ReadFrame();
            consumer.ReadFrame();
        }
        Assert.True(consumer.IsAtEnd);
    }

    [Fact]
    public void Row_144_Nothing_of_a_blocked_connection_is_done_until_it_is_unblocked()
    {
        var peer = OpenChannel();
        _bench.Turn.Operations.RaiseAlarm(Alarms.Disk);
        using var frames = new FrameBuffer();
        frames.WriteMethod(1, new ConfirmSelect(NoWait: true));
        frames.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, ""u8, 131072);
        frames.WriteMethod(1, new QueueDeclare("late"));
        peer.Write(frames.WrittenSpan);

        Assert.Equal("low on disk", peer.Read<ConnectionBlocked>().Reason.ToString());
        Assert.Equal(new BasicAck(1, false), peer.Read<BasicAck>()); // The first publish, which has no body, is taken and confirmed.
        Assert.True(peer.IsAtEnd);

        _bench.Turn.Operations.ClearAlarm(Alarms.Disk);

        peer.Read<ConnectionUnblocked>();
        peer.Read<QueueDeclareOk>();
        Assert.True(peer.IsAtEnd);
    }

    [Fact]
    public void Row_144_A_body_that_stands_behind_its_header_waits_too()
    {
        var peer = OpenChannel();
        peer.WriteMethod(1, new ConfirmSelect(NoWait: true));
        _bench.Turn.Operations.RaiseAlarm(Alarms.Memory);
        Publish(peer, octets: 10);
        peer.Read<ConnectionBlocked>();
        Assert.True(peer.IsAtEnd);

        _bench.Turn.Operations.ClearAlarm(Alarms.Memory);

        peer.Read<ConnectionUnblocked>();
        peer.Read<BasicAck>();
    }

    [Fact]
    public void Row_145_The_acknowledgements_of_a_blocked_connection_wait_with_the_rest_of_it()
    {
        var peer = OpenChannel();
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new BasicQos(0, 1, false));
        peer.Read<BasicQosOk>();
        peer.WriteMethod(1, new BasicConsume("q", "t"));
        peer.Read<BasicConsumeOk>();
        Publish(peer, octets: 1);
        Publish(peer, octets: 1);
        ReadDelivery(peer);
        _bench.Turn.Operations.RaiseAlarm(Alarms.Memory);
        Publish(peer, octets: 1);
        peer.Read<ConnectionBlocked>();

        peer.WriteMethod(1, new BasicAck(1));
        Assert.True(peer.IsAtEnd);

        _bench.Turn.Operations.ClearAlarm(Alarms.Memory);
        peer.Read<ConnectionUnblocked>();
        ReadDelivery(peer);
    }

    [Fact]
    public void Heartbeats_go_out_to_a_blocked_connection_and_its_own_are_not_missed()
    {
        var peer = OpenChannel(heartbeat: 2);
        _bench.Turn.Operations.RaiseAlarm(Alarms.Memory);
        Publish(peer, octets: 1);
        peer.Read<ConnectionBlocked>();

        for (var i = 0; i < 60; i++)
        {
            _bench.Pass(1);
            Assert.Equal(FrameType.Heartbeat, peer.ReadFrame().Type);
        }
        _bench.Turn.Operations.ClearAlarm(Alarms.Memory);
        Assert.Equal(MethodId.ConnectionUnblocked, MethodPayload.ReadId(peer.ReadFrame().Payload));
        _bench.Pass(4); // From now on it is expected to speak again.
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void An_alarm_reaches_every_virtual_host_those_of_later_too()
    {
        _bench.CreateVirtualHost("before");
        _bench.Turn.Operations.RaiseAlarm(Alarms.Memory | Alarms.Disk);
        _bench.CreateVirtualHost("after");
        foreach (var name in (string[])["/", "before", "after"])
        {
            var peer = OpenChannel(virtualHost: name);
            Publish(peer, octets: 1);
            Assert.Equal("low on memory & disk", peer.Read<ConnectionBlocked>().Reason.ToString());
        }
    }

    [Fact]
    public void What_an_operator_clears_is_not_what_is_measured()
    {
        _bench.Turn.Operations.SeeFreeDisk(49_999_999);
        _bench.Turn.Operations.RaiseAlarm(Alarms.Disk);
        _bench.Turn.Operations.ClearAlarm(Alarms.Disk);
        Assert.Equal(Alarms.Disk, _bench.Turn.Operations.Alarms);

        _bench.Turn.Operations.RaiseAlarm(Alarms.Disk);
        _bench.Turn.Operations.SeeFreeDisk(50_000_000);
        Assert.Equal(Alarms.Disk, _bench.Turn.Operations.Alarms);
        _bench.Turn.Operations.ClearAlarm(Alarms.Disk);

        Assert.Equal(Alarms.None, _bench.Turn.Operations.Alarms);
        Assert.Equal(2, _bench.Log.Lines.Count(line => line.StartsWith("Alarm", StringComparison.Ordinal) || line == "The alarm is over: Disk"));
    }

    [Fact]
    public void Row_146_A_limit_of_0_lets_nobody_publish()
    {
        var bench = new BrokerBench(new BrokerOptions { MemoryLimit = 0 });
        var peer = bench.OpenChannel();
        Publish(peer, octets: 1);
        Assert.True(peer.IsPaused);
        Assert.True(peer.IsAtEnd); // This client has not said that it understands connection.blocked.
    }

    [Fact]
    public void Row_146_What_waits_for_a_client_that_does_not_read_counts()
    {
        var peer = OpenChannel();
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new BasicConsume("q", "t", NoAck: true));
        peer.Read<BasicConsumeOk>();
        peer.Window = 0;
        for (var i = 0; i < 50; i++)
            Publish(peer, octets: 10_000);
        _bench.Pass(0.25);
        Assert.InRange(_bench.Turn.Operations.MemoryOctets, 500_000, 520_000);

        peer.OpenWindow(int.MaxValue);
        _bench.Pass(0.25);

        Assert.Equal(0, _bench.Turn.Operations.MemoryOctets);
    }

    [Fact]
    public void The_memory_of_a_deleted_virtual_host_is_free_when_its_last_connection_has_left()
    {
        _bench.CreateVirtualHost("doomed");
        var peer = OpenChannel(virtualHost: "doomed");
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        Publish(peer, octets: 100_000);
        Assert.InRange(_bench.Turn.Operations.MemoryOctets, 100_000, 200_160);

        _bench.VirtualHosts.Delete("doomed");
        peer.Read<ConnectionClose>();
        peer.WriteMethod(0, default(ConnectionCloseOk));
        _bench.Turn.Lost(peer);
        _bench.Pass(1);

        Assert.Equal(0, _bench.Turn.Operations.MemoryOctets);
    }

    [Fact]
    public void B74_A_message_that_stops_between_two_frames_is_dropped_after_a_minute_of_silence()
    {
        var peer = OpenChannel();
        peer.WriteMethod(1, new BasicPublish("", "q"));
        _bench.Pass(60);
        Assert.False(peer.IsAborted);

        _bench.Pass(0.5);

        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void The_disk_is_measured_on_and_on_and_a_failure_is_logged_once()
    {
        var log = new LogLines();
        var bench = new BrokerBench();
        var free = 100L;
        var time = new TimerOfAHand();
        var gauge = new DiskGauge(bench.Turn.Operations, () => free >= 0 ? free : throw new DriveNotFoundException("no such disk"), time, log);
        Assert.Equal(Alarms.Disk, bench.Turn.Operations.Alarms);

        free = -1;
        for (var i = 0; i < 3; i++)
            time.Ring();
        Assert.Contains("no such disk", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Equal(Alarms.Disk, bench.Turn.Operations.Alarms);

        free = 60_000_000;
        time.Ring();
        Assert.Equal(Alarms.None, bench.Turn.Operations.Alarms);
        Assert.True(gauge.DisposeAsync().IsCompleted);
        Assert.True(DiskGauge.FreeOctets(Path.GetTempPath()) > 0);
    }

    private RawPeer OpenChannel(ushort heartbeat = 0, string virtualHost = "/")
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", FieldTable.Create(("capabilities", FieldTable.Create(("connection.blocked", true))))));
        peer.Read<ConnectionTune>();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, heartbeat));
        peer.WriteMethod(0, new ConnectionOpen(virtualHost));
        peer.Read<ConnectionOpenOk>();
        peer.WriteMethod(1, default(ChannelOpen));
        peer.Read<ChannelOpenOk>();
        return peer;
    }

    private static void Publish(RawPeer peer, int octets)
    {
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, new byte[octets], 131072);
        peer.Write(frames.WrittenSpan);
    }

    private static void ReadDelivery(RawPeer peer)
    {
        peer.Read<BasicDeliver>();
        peer.ReadFrame();
        peer.ReadFrame();
    }

    private sealed class TimerOfAHand : TimeProvider, ITimer
    {
        private Action _ring = () => { };

        public void Ring() => _ring();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
