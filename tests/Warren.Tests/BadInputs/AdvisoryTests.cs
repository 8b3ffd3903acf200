using Warren.Amqp;
using Warren.Tests.Broker;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>What went wrong in other brokers.</summary>
public sealed class AdvisoryTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void V24_the_reason_of_an_operator_is_text_and_nothing_else()
    {
        var peer = _bench.OpenChannel();
        Assert.True(_bench.Turn.Operations.CloseConnection(peer.Name, "{0} %s\r\nfake\x1B[2J " + new string('\u00fc', 300)));
        var text = peer.Read<ConnectionClose>().ReplyText;
        Assert.StartsWith("CONNECTION_FORCED - {0} %s", text.ToString(), StringComparison.Ordinal);
        Assert.True(text.IsUtf8);
        BadInputRun.CheckLog(_bench.Log.Lines);
    }

    [Fact]
    public void V32_every_step_of_a_decoder_takes_octets_or_ends()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var octets = new byte[512];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(octets);
            if (i % 2 == 0)
                (octets[0], octets[3], octets[4], octets[5], octets[6]) = ((byte)random.Next(1, 4), 0, 0, 0, (byte)random.Next(40));
            Steps(octets);
        }

        static void Steps(byte[] octets)
        {
            try
            {
                var reader = new FrameReader(octets, 131072);
                for (var before = 0; reader.TryRead(out _); before = reader.Consumed)
                    Assert.True(reader.Consumed > before);
                var fields = FieldTable.FromOctets(octets).GetEnumerator();
                for (var before = 0; fields.MoveNext(); before = fields.Position)
                    Assert.True(fields.Position > before);
            }
            catch (ProtocolException)
            {
            }
        }
    }

    // Two publishers, a queue with room for three that refuses the fourth, and somebody who empties it now and then.
    [Fact]
    public void V45_no_ack_covers_a_message_that_was_refused_and_every_message_has_its_answer()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var owner = _bench.OpenChannel();
        owner.Write(Say(new QueueDeclare("small", NoWait: true, Arguments: FieldTable.Create(("x-max-length", 3), ("x-overflow", "reject-publish")))));
        var publishers = new[] { Publisher(), Publisher() };
        var expected = new[] { new List<bool>(), new List<bool>() };
        var stored = 0;
        for (var batch = 0; batch < 500; batch++)
        {
            var who = random.Next(2);
            var count = random.Next(1, 6);
            publishers[who].Write(FrameRows.Repeat(Publish("small"), count));
            for (var i = 0; i < count; i++)
            {
                expected[who].Add(stored < 3);
                stored = Math.Min(3, stored + 1);
            }
            if (random.Next(3) == 0)
            {
                owner.Write(Say(new QueuePurge("small", true)));
                stored = 0;
            }
        }
        for (var who = 0; who < 2; who++)
            Assert.Equal(expected[who], Fates(publishers[who], expected[who].Count));

        RawPeer Publisher()
        {
            var peer = _bench.OpenChannel();
            peer.WriteMethod(1, new ConfirmSelect());
            peer.Read<ConfirmSelectOk>();
            return peer;
        }
    }

    [Fact]
    public void V46_a_delivery_cut_at_any_octet_comes_back_once_and_the_next_message_is_new()
    {
        var owner = _bench.OpenChannel();
        owner.Write(Say(new QueueDeclare("q", NoWait: true)));
        for (var window = 0; window < 80; window++)
        {
            var consumer = _bench.OpenChannel();
            consumer.Write([.. Say(new BasicQos(0, 1)), .. Say(new BasicConsume("q"))]);
            consumer.Window = window;
            owner.Forget();
            owner.Write([.. Publish("q", octets: 10), .. Publish("q", octets: 20)]);
            _bench.Turn.Lost(consumer);

            owner.Write([.. Get("q"), .. Get("q"), .. Get("q")]);

            var gets = Gets(owner);
            Assert.Equal([(true, 10), (false, 20)], gets);
            owner.Read<BasicGetEmpty>();
        }
    }

    [Fact]
    public void V47_L_a_body_of_many_frames_is_whole_in_every_queue()
    {
        var peer = _bench.OpenChannel();
        var body = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3)).ToArray();
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("amq.fanout", ""), BasicProperties.Empty, body, 4096);
        foreach (var name in (string[])["a", "b", "c"])
            peer.Write([.. Queue(name), .. Say(new QueueBind(name, "amq.fanout", "", true))]);
        peer.Write(frames.WrittenSpan);
        foreach (var name in (string[])["a", "b", "c"])
        {
            peer.Write(Get(name));
            peer.Read<BasicGetOk>();
            Assert.Equal(body.Length, (int)ContentHeader.Read(peer.ReadFrame().Payload).BodyLength);
            var got = new List<byte>();
            while (got.Count < body.Length)
                got.AddRange(peer.ReadFrame().Payload.ToArray());
            Assert.Equal(body, got);
        }
    }

    [Fact]
    public void V47_L_a_publisher_that_leaves_in_the_middle_of_a_body_leaves_nothing()
    {
        var owner = _bench.OpenChannel();
        owner.Write(Say(new QueueDeclare("q", NoWait: true)));
        var held = _bench.Turn.Operations.MemoryOctets;
        var publish = Publish("q", octets: 9000);
        for (var cut = 1; cut < publish.Length; cut += 97)
        {
            var peer = _bench.OpenChannel();
            peer.Write(publish.AsSpan(0, cut));
            _bench.Turn.Lost(peer);
            Assert.Equal(held, _bench.Turn.Operations.MemoryOctets);
        }
        owner.Forget();
        owner.Write(Get("q"));
        Assert.Equal("BasicGetEmpty", new Answers(owner.AllReceived).ToString(""));
    }

    [Fact]
    public void V47_L_an_ack_behind_a_close_changes_nothing_and_the_order_stays()
    {
        var owner = _bench.OpenChannel();
        owner.Write(Say(new QueueDeclare("q", NoWait: true)));
        for (var octets = 1; octets <= 5; octets++)
            owner.Write(Publish("q", octets: octets));
        var peer = _bench.OpenChannel();
        peer.Write([.. FrameRows.Repeat(Say(new BasicGet("q")), 3), .. Say(new BasicAck(2)), .. Say(new ChannelClose(200, "OK")),
            .. Say(new BasicAck(1))]);
        owner.Forget();
        owner.Write(FrameRows.Repeat(Get("q"), 5));
        Assert.Equal([(true, 1), (true, 3), (false, 4), (false, 5)], Gets(owner));
        owner.Read<BasicGetEmpty>();
    }

    // Every body is made of one octet, again and again: a body that shows two has been written to after it was lent to somebody else.
    [Fact]
    public void V49_bodies_stay_what_they_are_while_queues_are_purged_deleted_and_fed_by_dead_letters()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var peers = Enumerable.Range(0, 4).Select(_ => _bench.OpenChannel()).ToArray();
        Declare(peers[0]);
        foreach (var peer in peers[2..])
            peer.Write(Say(new BasicConsume(random.Next(2) == 0 ? "q" : "dead", NoAck: true)));
        for (var i = 0; i < 5000; i++)
        {
            var peer = peers[random.Next(peers.Length)];
            peer.Forget();
            switch (random.Next(12))
            {
                case 0: peer.Write(Say(new QueuePurge("q", true))); break;
                case 1: peer.Write(Say(new QueueDelete(random.Next(2) == 0 ? "q" : "dead", NoWait: true))); break;
                case 2: Declare(peer); break;
                case 3: peer.Write(Say(new BasicCancel($"t{random.Next(3)}", true))); break;
                case 4: Declare(peer); peer.Write(Say(new BasicConsume(random.Next(2) == 0 ? "q" : "dead", NoAck: true))); break;
                case 5: _bench.Pass(0.25); break;
                case 6: Declare(peer); peer.Write(Get(random.Next(2) == 0 ? "q" : "dead")); break;
                default: peer.Write(Uniform(random)); break;
            }
            foreach (var one in peers)
            {
                CheckUniform(one);
                one.Forget();
            }
        }
        Assert.Empty(_bench.Log.Critical);

        static void Declare(RawPeer peer) => peer.Write(
        [
            .. Say(new QueueDeclare("dead", NoWait: true)),
            .. Say(new QueueDeclare("q", NoWait: true, Arguments: FieldTable.Create(
                ("x-message-ttl", 300), ("x-max-length", 5), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")))),
        ]);
    }

    [Fact]
    public void V55_a_message_whose_queues_are_deleted_while_it_arrives_is_unroutable()
    {
        var other = _bench.OpenChannel();
        other.Write(Say(new QueueDeclare("q", NoWait: true)));
        var peer = _bench.OpenChannel();
        peer.Forget();
        peer.Write([.. Say(new ConfirmSelect(true)), .. Say(new BasicPublish("", "q", Mandatory: true)), .. Header(2), .. Body(1)]);
        other.Write(Say(new QueueDelete("q", NoWait: true)));

        peer.Write(Body(1));

        Assert.Equal("BasicReturn 312[2], BasicAck", new Answers(peer.AllReceived).ToString(""));
    }

    private static List<(bool Redelivered, int Octets)> Gets(RawPeer peer)
    {
        var gets = new List<(bool, int)>();
        var count = new Answers(peer.AllReceived).ToString("").Split("BasicGetOk").Length - 1;
        for (var i = 0; i < count; i++)
        {
            var redelivered = peer.Read<BasicGetOk>().Redelivered;
            peer.ReadFrame();
            gets.Add((redelivered, peer.ReadFrame().Payload.Length));
        }
        return gets;
    }

    private static bool[] Fates(RawPeer publisher, int count)
    {
        var fates = new bool?[count];
        while (!publisher.IsAtEnd)
        {
            var frame = publisher.ReadFrame();
            var isAck = MethodPayload.ReadId(frame.Payload) == MethodId.BasicAck;
            var (tag, multiple) = isAck ? Ack(frame) : Nack(frame);
            Assert.Null(fates[tag - 1]);
            fates[tag - 1] = isAck;
            for (var i = 0; multiple && i < (int)tag - 1; i++)
                fates[i] ??= isAck;
        }
        return [.. fates.Select(fate => fate ?? throw new InvalidOperationException("A message has no answer."))];

        static (ulong Tag, bool Multiple) Ack(in Frame frame) =>
            MethodPayload.Read<BasicAck>(frame.Payload) is var ack ? (ack.DeliveryTag, ack.Multiple) : default;

        static (ulong Tag, bool Multiple) Nack(in Frame frame) =>
            MethodPayload.Read<BasicNack>(frame.Payload) is var nack ? (nack.DeliveryTag, nack.Multiple) : default;
    }

    private static byte[] Uniform(Random random)
    {
        var body = new byte[random.Next(1, 5000)];
        Array.Fill(body, (byte)random.Next(1, 256));
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", random.Next(4) == 0 ? "dead" : "q"), BasicProperties.Empty, body, 1024);
        return frames.WrittenSpan.ToArray();
    }

    private static void CheckUniform(RawPeer peer)
    {
        var reader = new FrameReader(peer.AllReceived, 131072);
        var first = 0;
        while (reader.TryRead(out var frame))
        {
            if (frame.Type != FrameType.Body)
            {
                first = 0;
                continue;
            }
            first = first == 0 ? frame.Payload.Span[0] : first;
            Assert.True(frame.Payload.Span.IndexOfAnyExcept((byte)first) < 0, "A body has the octets of another one.");
        }
    }
}
