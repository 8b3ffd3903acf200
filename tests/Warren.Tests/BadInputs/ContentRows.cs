using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;
using Warren.Tests.Broker;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows B63 to B89: messages.</summary>
internal static class ContentRows
{
    private const string Unexpected = "CC 505 (60/40)";
    private const string Stored = "BasicGetOk[0]";

    public static IReadOnlyList<BadInput> All { get; } =
    [
        new("B63", "a header without a method", Stage.Channel, "CC 505", Header(5)) { OnSockets = true },
        new("B63", "a body without a header", Stage.Channel, "CC 505", Body(5)),
        new("B64", "a method instead of the header", Stage.Channel, Unexpected, Begin("q"), Say(new BasicQos())) { OnSockets = true },
        new("B64", "channel.close instead of the header", Stage.Channel, Unexpected, Begin("q"), Say(new ChannelClose(200, "OK"))),
        new("B64", "a body instead of the header", Stage.Channel, Unexpected, Begin("q"), Body(1)),
        new("B65", "a method instead of the body", Stage.Channel, Unexpected, Begin("q"), Header(5), Body(2), Say(new BasicQos())) { OnSockets = true },
        new("B65", "another publish instead of the body", Stage.Channel, Unexpected, Begin("q"), Header(5), Publish("q")),
        new("B66", "a header of class 50", Stage.Channel, Unexpected, Begin("q"),
            Frame(2, 1, Hex("0032 0000 0000000000000000 0000"))) { OnSockets = true },
        new("B67", "a weight", Stage.Channel, Unexpected, Begin("q"), Frame(2, 1, Hex("003C 0001 0000000000000000 0000"))),
        new("B68", "a second header", Stage.Channel, Unexpected, Begin("q"), Header(5), Header(5)),
        new("B69", "a body behind an empty message, which stands", Stage.Channel, "ConfirmSelectOk, BasicAck, CC 505", Say(new ConfirmSelect()),
            Queue("q"), Begin("q"), Header(0), Body(1)),
        new("B70", "an empty body", Stage.Channel, "BasicConsumeOk, BasicDeliver[0]", Queue("q"), Say(new BasicConsume("q", NoAck: true)), Begin("q"),
            Header(0)) { OnSockets = true },
        new("B71 V01", "a body longer than announced, in one frame", Stage.Channel, "CC 501 (60/40)", Begin("bystander"), Header(2),
            Body(3)) { OnSockets = true },
        new("B71 V01", "a body longer than announced, in its last frame", Stage.Channel, "CC 501 (60/40)", Begin("bystander"), Header(2), Body(1),
            Body(2)),
        new("B71 V01", "4 announced, 400 KiB sent", Stage.Channel, "CC 501 (60/40)", Begin("bystander"), Header(4),
            FrameRows.Repeat(Body(4096), 100)) { MaxAllocated = 2 * 1024 * 1024 },
        .. new[] { ulong.MaxValue, 1UL << 63, 536_870_913UL }.Select(size =>
            new BadInput("B72", $"{size} announced", Stage.Channel, "CC 501 (60/40)", Begin("q"), Header(size))
            {
                MaxAllocated = 16 * 1024,
                OnSockets = size == ulong.MaxValue,
            }),
        new("B73", "one octet over the limit", Stage.Channel, "CH 406 (60/40), ChannelOpenOk, QueueDeclareOk", Begin("q"),
            Header((16 * 1024 * 1024) + 1), Body(1000), Body(0), Say(new ChannelCloseOk()),
            Say(new ChannelOpen()), Say(new QueueDeclare("q", Exclusive: true))) { MaxAllocated = 16 * 1024, OnSockets = true },
        new("B74", "16 MiB announced and one octet sent", Stage.Channel, "DROP", Begin("q"), Header(16 * 1024 * 1024), Body(1),
            new Step.Wait(60.5)) { MaxAllocated = 64 * 1024 },
        new("B75 V01", "1,025 empty frames", Stage.Channel, "CC 501", Begin("q"), Header(2), Body(1),
            FrameRows.Repeat(Body(0), 1025)) { MaxAllocated = 32 * 1024 },
        new("B75", "1,024 empty frames", Stage.Channel, "BasicGetOk[2]", Queue("q"), Begin("q"), Header(2), Body(1), FrameRows.Repeat(Body(0), 1024),
            Body(1), Get("q")),
        new("B77", "two publishes at once", Stage.Channel, "ChannelOpenOk, BasicGetOk[1], BasicGetOk[5]", Queue("q"), Say2(new ChannelOpen()),
            Begin("q"), Header(5), Body(2),
            Say2(new BasicPublish("", "q")), On2(Header(1)), On2(Body(1)), Body(3), Get("q"), Get("q")),
        new("B78", "more flags announced", Stage.Channel, "CC 501", Begin("q"), Header(0, 0x0001, 0, 0)),
        new("B78", "all flags and nothing behind them", Stage.Channel, "CC 501", Begin("q"), Header(0, 0xFFFF)) { OnSockets = true },
        new("B78", "the flag without a meaning", Stage.Channel, Stored, Queue("q"), Begin("q"), Header(0, 0x0002), Get("q")),
        new("B79", "a property cut short", Stage.Channel, "CC 501", Begin("q"), Header(0, 0x8000, 9, (byte)'t')) { OnSockets = true },
        new("B79", "a property that is missing", Stage.Channel, "CC 501", Begin("q"), Header(0, 0x1000)),
        new("B79", "octets behind the properties", Stage.Channel, "CC 501", Begin("q"), Header(0, 0x1000, 1, 0xAA, 0xBB)),
        new("B80", "headers of type Z", Stage.Channel, "CC 501 (60/40)", Begin("q"), Headers(Field("a", 'Z', 0))) { OnSockets = true },
        new("B80", "headers longer than their frame", Stage.Channel, "CC 501 (60/40)", Begin("q"), Header(0, 0x2000, 0, 0, 0, 9, 1, (byte)'a', (byte)'V')),
        new("B80", "headers of four GiB", Stage.Channel, "CC 501 (60/40)", Begin("q"),
            Header(0, 0x2000, 0xFF, 0xFF, 0xFF, 0xFF)) { MaxAllocated = 16 * 1024 },
        new("B80", "headers of 21,800 levels", Stage.Channel, "CC 501 (60/40)", Begin("q"), Headers(Nested(21_800))),
        new("B80", "a value past its table", Stage.Channel, "CC 501 (60/40)", Begin("q"), Headers(Field("a", 'I', 0))),
        .. new byte[] { 0, 3, 255 }.Select(mode =>
            new BadInput("B81", $"delivery-mode {mode}", Stage.Channel, Stored, Queue("q"), Begin("q"), Header(0, 0x1000, mode), Get("q"))),
        new("B82", "priority 255 of 10", Stage.Channel, "BasicGetOk[2], BasicGetOk[1]", Queue("q", ("x-max-priority", 10)),
            Publish("q", new BasicProperties { Priority = 9 }),
            Publish("q", new BasicProperties { Priority = 255 }, 2), Get("q"), Get("q")),
        new("B82", "a priority in a queue without", Stage.Channel, "BasicGetOk[1], BasicGetOk[2]", Queue("q"),
            Publish("q", new BasicProperties { Priority = 1 }),
            Publish("q", new BasicProperties { Priority = 255 }, 2), Get("q"), Get("q")),
        .. new[] { "", "abc", "-1", "1.5", " 5", "5 ", "+", "99999999999999999999", "315360000001" }.Select(text =>
            new BadInput("B83", $"expiration '{text}'", Stage.Channel, "CH 406 (60/40)",
                Publish("q", new BasicProperties { Expiration = text })) { OnSockets = text == "abc" }),
        new("B83", "the longest expiration", Stage.Channel, "BasicGetOk[1]", Queue("q"),
            Publish("q", new BasicProperties { Expiration = "315360000000" }), new Step.Wait(60), Get("q")),
        new("B84", "somebody else's user-id", Stage.Channel, "CH 406 (60/40)",
            Publish("q", new BasicProperties { UserId = "root\r\n" })) { OnSockets = true },
        new("B85 V20", "CC is a string", Stage.Channel, "CH 406", Begin("q"), Headers(Field("CC", 'S', Counted((byte)'a')))),
        new("B85 V20", "CC is a number", Stage.Channel, "CH 406", Begin("q"), Headers(Field("CC", 'I', 0, 0, 0, 1))),
        new("B85 V20", "BCC is a table", Stage.Channel, "CH 406", Begin("q"), Headers(Field("BCC", 'F', 0, 0, 0, 0))),
        new("B85 V20", "CC is empty", Stage.Channel, Stored, Queue("q"), Begin("q"), Headers(Field("CC", 'A', 0, 0, 0, 0)), Get("q")),
        new("B85", "a number among CC's keys is passed over", Stage.Channel, "BasicGetOk[0], BasicGetOk[0]", Queue("q"), Queue("r"), Begin("q"),
            Headers(Field("CC", 'A', Counted([(byte)'I', 0, 0, 0, 1, (byte)'S', .. Counted((byte)'r')]))), Get("q"), Get("r")),
        new("B85", "10,000 keys", Stage.Channel, "CH 406", Begin("q"),
            Headers(Field("CC", 'A', Counted(FrameRows.Repeat([(byte)'S', .. Counted((byte)'r')], 10_000))))),
        new("B85 V04", "1,000 forged reply addresses", Stage.Channel, Stored, Queue("q"), Begin("q"),
            Headers(Field("CC", 'A', Counted([.. Enumerable.Range(0, 1000).SelectMany(Forged)]))), Get("q")),
        new("B85", "BCC is not delivered", Stage.Channel, "BasicGetOk[0], BasicGetOk[0]", Queue("q"), Queue("r"), Begin("q"),
            Headers(Field("BCC", 'A', Counted([(byte)'S', .. Counted((byte)'r')]))), Get("q"), Get("r"), NothingOf("BCC"u8)),
        new("B86", "immediate", Stage.Channel, "CC 540 (60/40)", Say(new BasicPublish("", "q", Immediate: true)), Header(0)) { OnSockets = true },
        new("B87", "an unknown exchange", Stage.Channel, "CH 404 (60/40)", PublishTo("nope", "q")) { OnSockets = true },
        new("B87", "an internal exchange", Stage.Channel, "CH 403 (60/40)",
            Say(new ExchangeDeclare("inner", "fanout", AutoDelete: true, Internal: true, NoWait: true)), PublishTo("inner", "q")),
        new("B87", "no permission to write", Stage.Channel, "CH 403 (60/40)", PublishTo("closed", "q"))
        {
            Prepare = bench => bench.Users.SetPermission(UserPermission.Everything("guest", "/") with { Write = new AccessPattern("^amq\\.default$") }),
        },
        new("B88", "a message for nobody, with a confirm", Stage.Channel, "ConfirmSelectOk, BasicReturn 312[1], BasicAck", Say(new ConfirmSelect()),
            PublishTo("", "nobody", mandatory: true)) { OnSockets = true },
        new("B88", "a message for nobody in an unknown exchange", Stage.Channel, "ConfirmSelectOk, CH 404", Say(new ConfirmSelect()),
            PublishTo("nope", "nobody", mandatory: true)),
        new("B89", "a reply address without a consumer", Stage.Channel, "CH 406 (60/40)",
            Publish("q", new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to" })) { OnSockets = true },
        new("B89", "replies with acknowledgements", Stage.Channel, "CH 406 (60/20)", Say(new BasicConsume("amq.rabbitmq.reply-to"))),
        new("B89", "replies twice", Stage.Channel, "BasicConsumeOk, CH 406 (60/20)", Say(new BasicConsume("amq.rabbitmq.reply-to", NoAck: true)),
            Say(new BasicConsume("amq.rabbitmq.reply-to", NoAck: true))),
        new("B89 V03", "binding the reply address", Stage.Channel, "CH 403 (50/20)",
            Say(new QueueBind("amq.rabbitmq.reply-to", "amq.direct", "k"))) { OnSockets = true },
        new("B89 V03", "binding a forged reply address", Stage.Channel, "CH 403 (50/20)",
            Say(new QueueBind("amq.rabbitmq.reply-to.AAAA.BBBB", "amq.direct", "k"))),
        new("B89 V03", "binding an exchange to the reply address", Stage.Channel, "CH 404 (40/30)",
            Say(new ExchangeBind("amq.rabbitmq.reply-to", "amq.direct", "k"))),
        new("B89", "declaring the reply address", Stage.Channel, "QueueDeclareOk", Say(new QueueDeclare("amq.rabbitmq.reply-to"))),
        new("B89", "publishing to a forged reply address", Stage.Channel, "BasicReturn 312[1]",
            PublishTo("", "amq.rabbitmq.reply-to.AAAA.BBBB", mandatory: true)),
    ];

    private static byte[] Say2<TMethod>(in TMethod method)
        where TMethod : struct, IMethod => On(2, method);

    private static byte[] On2(byte[] frame) => [frame[0], 0, 2, .. frame[3..]];

    private static IEnumerable<byte> Forged(int i) => [(byte)'S', .. Counted(System.Text.Encoding.ASCII.GetBytes($"amq.rabbitmq.reply-to.forged.{i}"))];

    private static Step.Do NothingOf(ReadOnlySpan<byte> octets)
    {
        var hidden = octets.ToArray();
        return new Step.Do((_, peer) => Assert.True(peer.AllReceived.Span.IndexOf(hidden) < 0));
    }
}
