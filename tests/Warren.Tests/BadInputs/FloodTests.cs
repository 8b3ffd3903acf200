using Warren.Amqp;
using Warren.Broker;
using Warren.Tests.Broker;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows that are about how much: bounds of memory and of counts, never of time.</summary>
public sealed class FloodTests
{
    private const int Kilo = 1024;

    private readonly BrokerBench _bench = new();

    [Fact]
    public void B24_V28_five_thousand_that_do_not_log_in_hold_little_and_keep_nobody_out()
    {
        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 5000; i++)
                _bench.Connect($"10.0.{i % 50}.{i / 50}").Write(FrameBuffer.ProtocolHeader[..7]);
        });

        Assert.Equal(WaitingRoom.MaxTotal, _bench.Turn.PeerCount);
        Assert.InRange(allocated / 5000, 0, 8 * Kilo);
        new Bystander(_bench).Work();
    }

    [Fact]
    public void B33_a_million_heartbeats_cost_no_memory_and_get_no_answer()
    {
        var peer = _bench.OpenChannel();
        var heartbeats = FrameRows.Repeat(Frame(8, 0), 10_000);

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 100; i++)
                peer.Write(heartbeats);
        });

        Assert.InRange(allocated, 0, 256 * Kilo);
        Assert.True(peer.IsAtEnd);
        Assert.Equal(PeerState.Open, peer.State);
    }

    [Fact]
    public void B36_garbage_closes_one_connection_and_nothing_else()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var bystander = new Bystander(_bench);
        var held = _bench.Turn.Operations.MemoryOctets;
        for (var i = 0; i < 3000; i++)
        {
            var peer = _bench.OpenChannel();
            peer.Forget();
            var garbage = Garbage(random, i % 3);
            if (i % 5 == 0)
            {
                foreach (var octet in garbage)
                    peer.Write([octet]);
            }
            else
            {
                peer.Write(garbage);
            }
            var answers = new Answers(peer.AllReceived);
            Assert.All(answers.Texts, text => Assert.True(text.IsUtf8));
            if (i % 3 == 0) // Nobody's frames: the first octet is one of four types once in 64 times.
                Assert.True(answers.IsConnectionClosed || peer.IsMidFrame || peer.IsAborted, $"iteration {i}");
            _bench.Turn.Lost(peer);
            bystander.Work();
        }
        Assert.Empty(_bench.Log.Critical);
        BadInputRun.CheckLog(_bench.Log.Lines);
        Assert.Equal(1, _bench.Turn.PeerCount);
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains("INTERNAL_ERROR", StringComparison.Ordinal));
        Assert.InRange(_bench.Turn.Operations.MemoryOctets, held, held + (1024 * Kilo));
    }

    [Fact]
    public void B41_channels_that_come_and_go_leave_nothing()
    {
        var peer = _bench.Open();
        var cycle = FrameRows.Repeat([.. Say(new ChannelOpen()), .. Say(new ChannelClose(200, "OK"))], 1000);
        peer.Write(cycle);
        peer.Forget();

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                peer.Write(cycle);
                peer.Forget();
            }
        });

        Assert.InRange(allocated / 100_000, 0, 2 * Kilo);
    }

    [Fact]
    public void B41_two_thousand_channels_at_once_take_little()
    {
        var peer = _bench.Open();
        var allocated = Allocated(() =>
        {
            for (ushort number = 1; number <= 2047; number++)
                peer.WriteMethod(number, new ChannelOpen());
        });

        Assert.InRange(allocated / 2047, 0, 8 * Kilo);
        peer.WriteMethod(2048, new ChannelOpen());
        Assert.EndsWith("ChannelOpenOk, CC 530", new Answers(peer.AllReceived).ToString(""), StringComparison.Ordinal);
    }

    [Fact]
    public void B48_what_comes_after_our_close_is_thrown_away()
    {
        var bystander = new Bystander(_bench);
        var peer = _bench.OpenChannel();
        peer.WriteMethod(1, new ChannelOpen());
        peer.Read<ConnectionClose>();
        var publishes = FrameRows.Repeat(Publish("bystander", octets: 4000), 256);

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 256; i++) // A quarter of a GiB.
                peer.Write(publishes);
        });

        Assert.InRange(allocated, 0, 2048 * Kilo);
        Assert.True(peer.IsAtEnd);
        bystander.Work();
        _bench.Pass(5.5);
        Assert.True(peer.IsShut);
        _bench.Pass(5.5); // Whoever does not close its half either.
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void B74_bodies_that_are_announced_take_memory_as_they_come()
    {
        var bench = new BrokerBench(new BrokerOptions { MaxMessageOctets = 512 * Kilo * Kilo });
        var peer = bench.Open();
        for (ushort number = 1; number <= 2047; number++)
            peer.WriteMethod(number, new ChannelOpen());
        var held = bench.Turn.Operations.MemoryOctets;

        var allocated = Allocated(() =>
        {
            for (ushort number = 1; number <= 2047; number++)
                peer.Write([.. Begin("q", number), .. OnChannel(number, Header(500 * Kilo * Kilo)), .. OnChannel(number, Body(1))]);
        });

        Assert.InRange((bench.Turn.Operations.MemoryOctets - held) / 2047, 1, 4 * Kilo + 256);
        Assert.InRange(allocated / 2047, 0, 8 * Kilo);
        bench.Turn.Lost(peer);
        Assert.InRange(bench.Turn.Operations.MemoryOctets, 0, held);
    }

    [Fact]
    public void B76_unfinished_bodies_of_a_connection_end_at_64_MiB()
    {
        var bystander = new Bystander(_bench);
        var held = _bench.Turn.Operations.MemoryOctets;
        var peer = _bench.Open();
        var part = Body(128 * Kilo);
        for (ushort number = 1; number <= 5; number++)
        {
            peer.Write([.. OnChannel(number, Say(new ChannelOpen())), .. Begin("q", number), .. OnChannel(number, Header(16 * Kilo * Kilo))]);
            for (var i = 0; i < 127 && !new Answers(peer.AllReceived).IsConnectionClosed; i++)
                peer.Write(OnChannel(number, part));
        }

        Assert.EndsWith("CC 506", new Answers(peer.AllReceived).ToString(""), StringComparison.Ordinal);
        bystander.Work();
        _bench.Turn.Lost(peer);
        Assert.InRange(_bench.Turn.Operations.MemoryOctets, 0, held);
    }

    [Fact]
    public void B95_consumers_of_a_channel_end_at_65535()
    {
        var bystander = new Bystander(_bench);
        var peer = _bench.OpenChannel();
        peer.Write([.. Queue("q"), .. Say(new BasicQos())]);
        peer.Read<BasicQosOk>();
        var consume = FrameRows.Repeat(Say(new BasicConsume("q", NoWait: true)), 4096);

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 16; i++)
                peer.Write(consume);
        });

        Assert.Equal(530, peer.Read<ConnectionClose>().ReplyCode);
        Assert.InRange(allocated / 65_536, 0, 2 * Kilo);
        bystander.Work();
    }

    [Fact]
    public void B101_a_chain_of_ten_thousand_exchanges_ends()
    {
        var bystander = new Bystander(_bench);
        var peer = _bench.OpenChannel();
        for (var i = 0; i < 10_000; i++)
        {
            peer.Write(Say(new ExchangeDeclare($"e{i}", "fanout", NoWait: true)));
            if (i > 0)
                peer.Write(Say(new ExchangeBind($"e{i}", $"e{i - 1}", "", true)));
        }
        peer.Write([.. Queue("q"), .. Say(new QueueBind("q", "e9999", "", true)), .. Say(new QueueBind("q", "e5000", "", true))]);
        peer.Forget();

        peer.Write([.. PublishTo("e0", ""), .. Get("q"), .. Get("q")]);

        Assert.Equal("BasicGetOk[1], BasicGetEmpty", new Answers(peer.AllReceived).ToString(""));
        bystander.Work();
    }

    [Fact]
    public void B102_a_message_that_is_rejected_in_a_circle_does_not_grow()
    {
        var peer = _bench.OpenChannel();
        peer.Write([.. Queue("q", ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")), .. Publish("q"),
            .. Say(new BasicConsume("q", NoAck: false))]);
        Reject(peer, 1, 10);
        var held = _bench.Turn.Operations.MemoryOctets;

        Reject(peer, 11, 20_000);

        Assert.InRange(_bench.Turn.Operations.MemoryOctets, 0, held);
    }

    [Fact]
    public void B105_a_hundred_thousand_bindings_take_what_they_are_worth_and_give_it_back()
    {
        var bystander = new Bystander(_bench);
        var peer = _bench.OpenChannel();
        peer.Write([.. Queue("q"), .. Say(new ExchangeDeclare("many", "direct", NoWait: true))]);
        peer.Forget();

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 100_000; i++)
                peer.Write(Say(new QueueBind("q", "many", $"key {i}", true)));
        });

        Assert.InRange(allocated / 100_000, 0, 2 * Kilo);
        Assert.True(peer.IsAtEnd);
        peer.Write([.. PublishTo("many", "key 77777"), .. PublishTo("many", "key 100000", mandatory: true), .. Get("q"), .. Get("q")]);
        Assert.Equal("BasicReturn 312[1], BasicGetOk[1], BasicGetEmpty", new Answers(peer.AllReceived).ToString(""));
        bystander.Work();
        peer.Forget();
        peer.Write([.. Say(new QueueDelete("q")), .. Queue("q"), .. PublishTo("many", "key 77777", mandatory: true)]);
        Assert.Equal("QueueDeleteOk, BasicReturn 312[1]", new Answers(peer.AllReceived).ToString(""));
    }

    [Fact]
    public void B105_queues_that_come_and_go_leave_nothing()
    {
        var peer = _bench.OpenChannel();
        var held = _bench.Turn.Operations.MemoryOctets;
        for (var i = 0; i < 20_000; i++)
        {
            var name = $"queue {i}";
            peer.Write([.. Queue(name, ("x-expires", 60_000), ("x-message-ttl", 60_000)), .. Say(new QueueBind(name, "amq.topic", $"{name}.#", true)),
                .. Publish(name), .. Say(new QueueDelete(name, NoWait: true))]);
        }
        Assert.True(peer.IsAtEnd);
        Assert.Equal(held, _bench.Turn.Operations.MemoryOctets);
    }

    [Fact]
    public void B106_a_consumer_that_never_reads_holds_a_bounded_part_of_a_long_queue()
    {
        var peer = _bench.OpenChannel();
        peer.Write(Queue("q"));
        var publishes = FrameRows.Repeat(Publish("q", octets: 4000), 256);
        for (var i = 0; i < 64; i++) // 64 MiB.
            peer.Write(publishes);
        peer.Window = 0;

        peer.Write(Say(new BasicConsume("q", NoAck: true)));

        Assert.InRange(peer.Outbound.Octets, 1024 * Kilo, 1032 * Kilo);
    }

    [Fact]
    public void B107_a_flood_over_the_watermark_is_not_read_and_consumers_go_on()
    {
        var bench = new BrokerBench(new BrokerOptions { MemoryLimit = 4 * Kilo * Kilo });
        var consumer = bench.OpenChannel();
        consumer.Write([.. Say(new QueueDeclare("q", NoWait: true)), .. Say(new BasicQos(0, 1))]);
        consumer.Read<BasicQosOk>();
        var publisher = bench.OpenChannel();
        var publishes = FrameRows.Repeat(Publish("q", octets: 4000), 16);
        var written = 0;
        for (; written < 1000 && !publisher.IsPaused; written++)
            publisher.Write(publishes);

        Assert.InRange(written * 64, 3 * Kilo, 5 * Kilo);
        Assert.InRange(bench.Turn.Operations.MemoryOctets, 4 * Kilo * Kilo, 5 * Kilo * Kilo);
        consumer.Write(Say(new QueuePurge("q")));
        consumer.Read<QueuePurgeOk>();
        bench.Pass(1);
        Assert.False(publisher.IsPaused);
    }

    [Fact]
    public void B108_confirms_that_nobody_reads_are_bounded()
    {
        var peer = _bench.OpenChannel();
        peer.Write(Say(new ConfirmSelect(true)));
        peer.Window = 0;
        for (var i = 0; i < 200_000 && !peer.IsPaused; i++)
            peer.Write(Publish("nobody"));

        Assert.True(peer.IsPaused);
        Assert.InRange(peer.Outbound.Octets, 1024 * Kilo, 2049 * Kilo);
    }

    [Fact]
    public void B109_asking_an_empty_queue_costs_no_memory()
    {
        var peer = _bench.OpenChannel();
        peer.Write(Queue("q"));
        var asks = FrameRows.Repeat(Get("q"), 1000);
        peer.Write(asks);
        peer.Forget();
        var before = peer.ReceivedOctets;

        var allocated = Allocated(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                peer.Write(asks);
                peer.Forget();
            }
        });

        Assert.InRange(allocated, 0, 512 * Kilo);
        Assert.Equal(100_000 * 13, peer.ReceivedOctets - before);
    }

    private static void Reject(RawPeer peer, int from, int count)
    {
        for (var tag = from; tag < from + count; tag++)
            peer.Write(Say(new BasicReject((ulong)tag)));
        Assert.EndsWith("BasicDeliver[1]", new Answers(peer.AllReceived).ToString(""), StringComparison.Ordinal);
        peer.Forget();
    }

    private static byte[] OnChannel(ushort number, byte[] frame) => [frame[0], (byte)(number >> 8), (byte)number, .. frame[3..]];

    private static long Allocated(Action steps)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        steps();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // Octets; frames of them; methods with octets for arguments.
    private static byte[] Garbage(Random random, int kind)
    {
        var octets = new byte[1024];
        random.NextBytes(octets);
        if (kind == 0)
            return octets;
        if (kind == 1)
            return [.. Frame((byte)random.Next(1, 4), (ushort)random.Next(3), octets[..random.Next(64)]), .. octets];
        var methods = Enum.GetValues<MethodId>();
        return [.. Enumerable.Range(0, 8).SelectMany(_ => Raw((ushort)random.Next(3), methods[random.Next(methods.Length)], octets[..random.Next(32)])), .. octets];
    }
}
