using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>Inputs to start from: conversations that go deep into the broker, frame by frame.</summary>
internal static class Seeds
{
    /// <summary>Frames of a client, after the handshake.</summary>
    public static IReadOnlyList<byte[]> Frames { get; } =
    [
        Make(frames =>
        {
            frames.WriteMethod(1, new QueueDeclare("q", Arguments: FieldTable.Create(("x-max-length", 3), ("x-message-ttl", 100), ("x-dead-letter-exchange", ""))));
            frames.WriteMethod(1, new BasicConsume("q", "tag"));
            Publish(frames, "", "q", new BasicProperties { Headers = Values(), Expiration = "10", DeliveryMode = 2, CorrelationId = "c", ReplyTo = "q" });
            frames.WriteMethod(1, new BasicAck(1, true));
            frames.WriteMethod(1, new BasicGet("q"));
            frames.WriteMethod(1, new BasicNack(2, true, true));
            frames.WriteMethod(1, new BasicRecover(true));
            frames.WriteMethod(1, new BasicCancel("tag"));
        }),
        Make(frames =>
        {
            frames.WriteMethod(1, default(ConfirmSelect));
            frames.WriteMethod(1, new ExchangeDeclare("e", "topic", AutoDelete: true, Arguments: FieldTable.Create(("alternate-exchange", "amq.fanout"))));
            frames.WriteMethod(1, new QueueDeclare("q", Exclusive: true, Arguments: FieldTable.Create(("x-max-priority", (byte)5), ("x-overflow", "reject-publish"))));
            frames.WriteMethod(1, new QueueBind("q", "e", "a.*.#"));
            frames.WriteMethod(1, new ExchangeBind("e", "amq.topic", "#"));
            Publish(frames, "amq.topic", "a.b.c", new BasicProperties { Priority = 3, Headers = FieldTable.Create(("CC", new[] { "a.c" }), ("BCC", new[] { "z" })) });
            frames.WriteMethod(1, new QueuePurge("q"));
            frames.WriteMethod(1, new QueueUnbind("q", "e", "a.*.#"));
            frames.WriteMethod(1, new QueueDelete("q", IfUnused: true));
            frames.WriteMethod(1, new ChannelClose(200, "bye"));
        }),
        Make(frames =>
        {
            frames.WriteMethod(1, default(TxSelect));
            frames.WriteMethod(1, new QueueDeclare("quorum", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", 2))));
            Publish(frames, "", "quorum", new BasicProperties { MessageId = "m" });
            frames.WriteMethod(1, default(TxCommit));
            frames.WriteMethod(1, new BasicGet("quorum"));
            frames.WriteMethod(1, new BasicReject(1, true));
            frames.WriteMethod(1, default(TxRollback));
            frames.WriteHeartbeat();
            frames.WriteMethod(0, new ConnectionClose(200, "bye"));
            frames.WriteMethod(0, new ConnectionClose(200, "bye"));
        }),
        Make(frames =>
        {
            frames.WriteMethod(1, new BasicConsume("amq.rabbitmq.reply-to", "r", NoAck: true));
            frames.WriteMethod(1, new ExchangeDeclare("d", "x-delayed-message", Arguments: FieldTable.Create(("x-delayed-type", "headers"))));
            frames.WriteMethod(1, new ExchangeDeclare("h", "x-consistent-hash", Arguments: FieldTable.Create(("hash-header", "n"))));
            frames.WriteMethod(1, new QueueDeclare("q", Arguments: FieldTable.Create(("x-single-active-consumer", true), ("x-expires", 5000))));
            frames.WriteMethod(1, new QueueBind("q", "d", "", Arguments: FieldTable.Create(("x-match", "any"), ("n", 1))));
            frames.WriteMethod(1, new QueueBind("q", "h", "3"));
            Publish(frames, "d", "", new BasicProperties { Headers = FieldTable.Create(("x-delay", 50), ("n", 1L)) });
            Publish(frames, "h", "", new BasicProperties { Headers = FieldTable.Create(("n", "x")) });
            frames.WriteMethod(2, new ChannelOpen());
            frames.WriteMethod(2, new BasicQos(0, 1, true));
            frames.WriteMethod(2, new BasicConsume("q", "", Arguments: FieldTable.Create(("x-priority", -3))));
            frames.WriteMethod(0, new ConnectionUpdateSecret(new LongString("guest"u8.ToArray()), "because"));
        }),
    ];

    /// <summary>A whole connection from the protocol header on.</summary>
    public static byte[] Handshake { get; } = Make(frames =>
    {
        frames.WriteRaw(FrameBuffer.ProtocolHeader);
        frames.WriteMethod(0, new ConnectionStartOk(Values(), "PLAIN", "\0guest\0guest", "en_US"));
        frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
        frames.WriteMethod(0, new ConnectionOpen("/"));
        frames.WriteMethod(1, new ChannelOpen());
    });

    private static FieldTable Values() => FieldTable.Create(
        ("t", true), ("b", (sbyte)-1), ("B", (byte)1), ("s", (short)-2), ("u", (ushort)2), ("I", -3), ("i", 3u), ("l", -4L), ("f", 1.5f), ("d", 2.5), ("D", 1.25m), ("S", "text"),
        ("x", new byte[] { 1, 2 }), ("V", null), ("F", FieldTable.Create(("capabilities", FieldTable.Create(("basic.nack", true))))), ("A", new object?[] { 1, "two", null }));

    private static void Publish(FrameBuffer frames, string exchange, string key, BasicProperties properties) =>
        frames.WriteContent(1, new BasicPublish(exchange, key, Mandatory: true), properties, "a body of some octets"u8, 4096);

    private static byte[] Make(Action<FrameBuffer> write)
    {
        using var frames = new FrameBuffer();
        write(frames);
        return frames.WrittenSpan.ToArray();
    }
}
