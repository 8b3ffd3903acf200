using Warren.Amqp;

namespace Warren.Tests.Broker;

public sealed class VirtualHostTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void Row_115_the_firehose_of_one_virtual_host_is_opened_and_closed_by_an_operator()
    {
        _bench.CreateVirtualHost("other");
        var peer = _bench.OpenChannel("other");
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new QueueBind("q", "amq.rabbitmq.trace", "#"));
        peer.Read<QueueBindOk>();
        Assert.False(_bench.Turn.Operations.Trace("missing", on: true));

        Assert.Equal([0u, 0u, 1u, 1u], [Traced("/", on: true), Traced("other", on: false), Traced("other", on: true), Traced("other", on: false)]);

        uint Traced(string virtualHost, bool on)
        {
            Assert.True(_bench.Turn.Operations.Trace(virtualHost, on));
            using var frames = new FrameBuffer();
            frames.WriteContent(1, new BasicPublish("amq.fanout", "k"), BasicProperties.Empty, "x"u8, 131072);
            frames.WriteMethod(1, new QueueDeclare("q", Passive: true));
            peer.Write(frames.WrittenSpan);
            return peer.Read<QueueDeclareOk>().MessageCount;
        }
    }

    [Fact]
    public void Virtual_hosts_share_nothing()
    {
        Assert.True(_bench.CreateVirtualHost("other"));
        Assert.False(_bench.CreateVirtualHost("other"));
        var here = _bench.OpenChannel("/");
        var there = _bench.OpenChannel("other");
        here.WriteMethod(1, new QueueDeclare("q"));
        here.Read<QueueDeclareOk>();

        there.WriteMethod(1, new QueueDeclare("q", Passive: true));

        Assert.Equal("NOT_FOUND - no queue 'q' in vhost 'other'", there.Read<ChannelClose>().ReplyText.ToString());
    }

    [Fact]
    public void B22_an_unknown_and_a_deleted_virtual_host_cannot_be_opened()
    {
        _bench.CreateVirtualHost("gone");
        _bench.VirtualHosts.Delete("gone");
        foreach (var name in (string[])["gone", "never", ""])
        {
            var peer = _bench.LogIn();
            peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
            peer.WriteMethod(0, new ConnectionOpen(name));
            Assert.Equal($"NOT_ALLOWED - vhost {name} not found", peer.Read<ConnectionClose>().ReplyText.ToString());
        }
    }

    [Fact]
    public void Deleting_a_virtual_host_closes_its_connections_and_no_others()
    {
        _bench.CreateVirtualHost("doomed");
        var inside = _bench.OpenChannel("doomed");
        var silent = _bench.OpenChannel("doomed");
        var outside = _bench.OpenChannel("/");
        inside.WriteMethod(1, new QueueDeclare("due", Arguments: FieldTable.Create(("x-expires", 6000))));
        inside.Read<QueueDeclareOk>();

        Assert.True(_bench.VirtualHosts.Delete("doomed"));
        Assert.False(_bench.VirtualHosts.Delete("doomed"));

        var close = inside.Read<ConnectionClose>();
        Assert.Equal((320, "CONNECTION_FORCED - vhost 'doomed' is deleted"), (close.ReplyCode, close.ReplyText.ToString()));
        inside.WriteMethod(0, default(ConnectionCloseOk));
        Assert.True(inside.IsShut);
        _bench.Pass(7); // Whoever does not answer is ended by the engine that is still ticked for it.
        Assert.True(silent.IsShut);
        Assert.False(_bench.Turn.Timekeeper.IsDue);
        outside.WriteMethod(1, new QueueDeclare("q"));
        outside.Read<QueueDeclareOk>();
        _bench.CreateVirtualHost("doomed");
        _bench.OpenChannel("doomed");
    }

    [Fact]
    public void Every_virtual_host_gets_its_confirms_and_its_deadlines()
    {
        var peers = new List<RawPeer> { _bench.OpenChannel("/") };
        foreach (var name in (string[])["a", "b", "c"])
        {
            _bench.CreateVirtualHost(name);
            peers.Add(_bench.OpenChannel(name));
        }
        var expirationMs = 1000;
        foreach (var peer in peers)
        {
            using var frames = new FrameBuffer();
            frames.WriteMethod(1, new QueueDeclare("q", NoWait: true, Arguments: FieldTable.Create(
                ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"))));
            frames.WriteMethod(1, new QueueDeclare("dead", NoWait: true));
            frames.WriteMethod(1, new BasicConsume("dead", "t", NoAck: true, NoWait: true));
            frames.WriteMethod(1, new ConfirmSelect(NoWait: true));
            frames.WriteContent(1, new BasicPublish("", "q"), new BasicProperties { Expiration = $"{expirationMs}" }, "x"u8, 131072);
            peer.Write(frames.WrittenSpan);
            Assert.Equal(new BasicAck(1, false), peer.Read<BasicAck>());
            expirationMs -= 200;
        }

        for (var due = peers.Count - 1; due >= 0; due--)
        {
            Assert.True(peers[due].IsAtEnd);
            var nextMs = 1000 - (200 * due);
            while (_bench.Time.GetTimestamp() < TimeSpan.FromMilliseconds(nextMs).Ticks)
            {
                _bench.Time.Advance(TimeSpan.FromMilliseconds(_bench.Turn.Timekeeper.NextTickMs) - TimeSpan.FromTicks(_bench.Time.GetTimestamp()));
                _bench.Turn.Tick();
            }
            peers[due].Read<BasicDeliver>();
        }
    }
}
