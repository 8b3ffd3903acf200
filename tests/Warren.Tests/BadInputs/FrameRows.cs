using Warren.Amqp;
using Warren.Tests.Broker;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows B25 to B50: frames and methods where they do not belong.</summary>
internal static class FrameRows
{
    private const string Stored = "BasicGetOk[1]";

    public static IReadOnlyList<BadInput> All { get; } =
    [
        .. new byte[] { 0, 4, 5, 6, 7, 9, 10, 0x7F, 0x80, 0xFF }.Select(type =>
            new BadInput("B25", $"a frame of type {type}", Stage.Open, "CC 501", Frame(type, 0)) { OnSockets = type == 0 }),
        new("B25", "an HTTP request after open", Stage.Open, "CC 501", "GET / HTTP/1.1\r\n\r\n"u8.ToArray()),
        new("B26", "another end than CE", Stage.Channel, "CC 501", Hex("01 0001 00000005 0014000A00 00"), Say(new ChannelOpen())) { OnSockets = true },
        new("B27", "a payload of frame_max - 8", Stage.Channel, "BasicGetOk[4088]", OneBody(4088)) { FrameMax = 4096 },
        new("B27", "a payload of frame_max - 7", Stage.Channel, "BasicGetOk[4089]", OneBody(4089)) { FrameMax = 4096 },
        new("B27", "a payload of frame_max", Stage.Channel, "BasicGetOk[4096]", OneBody(4096)) { FrameMax = 4096 },
        new("B27", "a payload of frame_max + 1", Stage.Channel, "CC 501", Queue("q"), Begin("q"), Header(4097), Sized(3, 1, 4097)) { FrameMax = 4096,
            OnSockets = true },
        .. new uint[] { 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 131073 }.Select(size =>
            new BadInput("B28", $"a frame of {size} octets", Stage.Channel, "CC 501", Sized(1, 1, size)) { MaxAllocated = 16 * 1024,
                OnSockets = size == 0xFFFFFFFF }),
        .. from octets in Enumerable.Range(0, 4)
           from channel in new ushort[] { 0, 1, 2 }
           select new BadInput("B29", $"a method frame of {octets} octets on channel {channel}", Stage.Channel, "CC 501",
               Frame(1, channel, new byte[octets])),
        .. Enumerable.Range(0, 14).Select(octets =>
            new BadInput("B30", $"a header frame of {octets} octets", Stage.Channel, "CC 501", Begin("q"),
                Frame(2, 1, new byte[] { 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }[..octets]))),
        new("B31", "a heartbeat on channel 1", Stage.Channel, "CC 505", Frame(8, 1)) { OnSockets = true },
        new("B31", "a heartbeat on a channel never opened", Stage.Channel, "CC 505", Frame(8, 7)),
        new("B32", "a heartbeat with a payload", Stage.Channel, "CC 501", Frame(8, 0, 1)) { OnSockets = true },
        new("B33", "a thousand heartbeats", Stage.Channel, "", Repeat(Frame(8, 0), 1000)) { MaxAllocated = 64 * 1024 },
        new("B35", "half a frame and silence", Stage.Channel, "DROP", Hex("01 0001 00"), new Step.Wait(60.5)),
        new("B35", "half a frame and not yet a minute", Stage.Channel, "", Hex("01 0001 00"), new Step.Wait(59.5)),
        new("B37", "a method on a number above channel_max", Stage.Channel, "CC 530", On(2048, new BasicQos())),
        new("B37", "a method on channel 65535", Stage.Channel, "CC 530", On(65535, new BasicQos())) { OnSockets = true },
        new("B37", "channel.open on channel 65535, since channel_max counts channels", Stage.Channel, "ChannelOpenOk", On(65535, new ChannelOpen())),
        new("B38", "a method on a channel never opened", Stage.Open, "CC 504", Say(new BasicQos())) { OnSockets = true },
        new("B38", "a header on a channel never opened", Stage.Open, "CC 505", Header(0)),
        new("B38", "a body on a channel never opened", Stage.Open, "CC 505", Body(1)),
        new("B38", "a publish on a channel never opened", Stage.Open, "CC 504", Publish("q")),
        new("B39", "channel.open twice", Stage.Channel, "CC 504 (20/10)", Say(new ChannelOpen())) { OnSockets = true },
        new("B40", "a channel more than channel_max", Stage.LoggedIn, "ConnectionOpenOk, ChannelOpenOk, ChannelOpenOk, CC 530",
            On(0, new ConnectionTuneOk(2, 131072, 0)), On(0, new ConnectionOpen("/")), On(1, new ChannelOpen()), On(2, new ChannelOpen()), On(3, new ChannelOpen())),
        new("B41", "a channel opened and closed a hundred times", Stage.Open, string.Join(", ", Enumerable.Repeat("ChannelOpenOk, ChannelCloseOk", 100)),
            Repeat([.. Say(new ChannelOpen()), .. Say(new ChannelClose(200, "OK"))], 100)),
        new("B42", "an unknown class", Stage.Channel, "CC 503 (65535/1)", Hex("01 0001 00000004 FFFF0001 CE")) { OnSockets = true },
        new("B42", "an unknown method of basic", Stage.Channel, "CC 503 (60/200)", Hex("01 0001 00000004 003C00C8 CE")) { OnSockets = true },
        new("B42", "an unknown method on channel 0", Stage.Channel, "CC 503 (10/200)", Hex("01 0000 00000004 000A00C8 CE")),
        new("B42", "an unknown method on a channel never opened", Stage.Channel, "CC 503 (60/200)", Hex("01 0009 00000004 003C00C8 CE")),
        .. ServerMethods.Select(method => new BadInput("B43", $"{method} from a client", Stage.Channel,
            $"CC 503 ({(uint)method >> 16}/{(ushort)method})", Raw(1, method, 0, 0, 0, 0))),
        new("B43", "ConnectionStart from a client", Stage.Channel, "CC 504 (10/10)", Raw(0, MethodId.ConnectionStart, 0, 9, 0, 0, 0, 0)),
        new("B44", "connection.close on channel 1", Stage.Channel, "CC 503 (10/50)", Say(new ConnectionClose(200, "OK"))) { OnSockets = true },
        new("B44", "connection.open on channel 1", Stage.Channel, "CC 503 (10/40)", Say(new ConnectionOpen("/"))),
        new("B44", "channel.open on channel 0", Stage.Channel, "CC 504 (20/10)", On(0, new ChannelOpen())) { OnSockets = true },
        new("B44", "queue.declare on channel 0", Stage.Channel, "CC 504 (50/10)", On(0, new QueueDeclare("q"))),
        new("B44", "basic.publish on channel 0", Stage.Channel, "CC 504 (60/40)", On(0, new BasicPublish("", "q"))),
        new("B44", "connection.open again", Stage.Channel, "CC 504 (10/40)", On(0, new ConnectionOpen("/"))),
        new("B45", "a short string longer than its method", Stage.Channel, "CC 501",
            Raw(1, MethodId.QueueDeclare, [0, 0, 255, 1, 2, 3, 4, 5])) { OnSockets = true },
        new("B45", "a table longer than four GiB", Stage.Channel, "CC 501",
            Raw(1, MethodId.QueueDeclare, [0, 0, 1, 65, 0, 0xFF, 0xFF, 0xFF, 0xFF])) { MaxAllocated = 16 * 1024 },
        new("B45", "a long string longer than four GiB", Stage.Channel, "CC 501",
            Raw(0, MethodId.ConnectionUpdateSecret, [0xFF, 0xFF, 0xFF, 0xFF])) { MaxAllocated = 16 * 1024 },
        new("B45", "no octet of bits", Stage.Channel, "CC 501", Raw(1, MethodId.BasicQos, [0, 0, 0, 0, 0, 1])),
        new("B45", "no arguments", Stage.Channel, "CC 501", Raw(1, MethodId.BasicPublish)),
        new("B46", "octets after the arguments", Stage.Channel, "CC 501",
            Raw(1, MethodId.BasicQos, [0, 0, 0, 0, 0, 1, 0, 0xAA, 0xBB])) { OnSockets = true },
        new("B46", "octets after no arguments", Stage.Channel, "CC 501", Raw(1, MethodId.TxSelect, 0)),
        new("B47", "a ticket and bits that mean nothing", Stage.Channel, "QueueDeclareOk",
            Raw(1, MethodId.QueueDeclare, [0xFF, 0xFF, 1, (byte)'q', 0b1110_0100, 0, 0, 0, 0])),
        new("B47", "text in channel.open's reserved field", Stage.Channel, "ChannelOpenOk", Raw(2, MethodId.ChannelOpen, [3, 1, 2, 3])),
        new("B47", "a ticket in basic.publish", Stage.Channel, Stored, Queue("q"), Raw(1, MethodId.BasicPublish, [0xAB, 0xCD, 0, 1, (byte)'q', 0xF0]),
            Header(1), Body(1), Get("q")),
        new("B48", "publishes after our close", Stage.Channel, "CC 504", Say(new ChannelOpen()), Repeat(Publish("bystander", octets: 4000), 50)),
        new("B48", "garbage after our close", Stage.Channel, "CC 501", Frame(7, 0), new byte[5000]) { OnSockets = true },
        new("B48", "a broken frame after our close", Stage.Channel, "CC 504", Say(new ChannelOpen()), Frame(7, 0), new byte[100]),
        new("B49", "close behind a publish", Stage.Channel, "ConfirmSelectOk, BasicAck, ConnectionCloseOk",
            Say(new ConfirmSelect()), Queue("q"), Publish("q"), On(0, new ConnectionClose(200, "OK"))) { OnSockets = true },
        new("B49", "close in the middle of a publish", Stage.Channel, "ConnectionCloseOk", Begin("q"), Header(5), Body(2),
            On(0, new ConnectionClose(200, "OK"))),
        new("B49", "a broken frame behind a publish", Stage.Channel, "ConfirmSelectOk, BasicAck, CC 501", Say(new ConfirmSelect()), Queue("q"),
            Publish("q"), Frame(7, 0)),
        new("B50", "connection.close-ok unasked", Stage.Channel, "CC 504 (10/51)", On(0, default(ConnectionCloseOk))) { OnSockets = true },
        new("B50", "channel.close-ok unasked", Stage.Channel, "BasicQosOk", Say(default(ChannelCloseOk)), Say(new BasicQos())),
        new("B50", "channel.close-ok on a channel never opened", Stage.Channel, "", On(7, default(ChannelCloseOk))),
    ];

    private static IEnumerable<MethodId> ServerMethods =>
    [
        MethodId.ChannelOpenOk, MethodId.AccessRequestOk, MethodId.ExchangeDeclareOk, MethodId.ExchangeBindOk, MethodId.QueueDeclareOk, MethodId.QueueBindOk,
        MethodId.QueuePurgeOk, MethodId.QueueDeleteOk, MethodId.QueueUnbindOk, MethodId.BasicQosOk, MethodId.BasicConsumeOk, MethodId.BasicReturn,
        MethodId.BasicDeliver, MethodId.BasicGetOk, MethodId.BasicGetEmpty, MethodId.BasicRecoverOk,
        MethodId.ConfirmSelectOk, MethodId.TxSelectOk, MethodId.TxCommitOk,
    ];

    private static byte[] OneBody(int octets) => [.. Queue("q"), .. Begin("q"), .. Header((ulong)octets), .. Body(octets), .. Get("q")];

    public static byte[] Repeat(byte[] octets, int times) => [.. Enumerable.Repeat(octets, times).SelectMany(one => one)];
}
