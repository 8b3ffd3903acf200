using System.Text;
using Warren.Amqp;
using Warren.Broker;
using Warren.Tests.Broker;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows B01 to B24: before connection.open-ok.</summary>
internal static class HandshakeRows
{
    private const string Refused = "CC 403";

    private static readonly byte[] s_header = FrameBuffer.ProtocolHeader.ToArray();

    public static IReadOnlyList<BadInput> All { get; } =
    [
        new("B01", "an HTTP request", Stage.Connected, "AMQP, END", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray()) { OnSockets = true },
        new("B02", "a TLS hello", Stage.Connected, "AMQP, END", Hex("16 03 01 02 00 01 00 01 FC 03 03 00")) { OnSockets = true },
        new("B03", "AMQP 1.0", Stage.Connected, "AMQP, END", Hex("41 4D 51 50 00 01 00 00")) { OnSockets = true },
        new("B03", "AMQP 1.0 with SASL", Stage.Connected, "AMQP, END", Hex("41 4D 51 50 03 01 00 00")),
        new("B04", "AMQP 0-9-2", Stage.Connected, "AMQP, END", Hex("41 4D 51 50 00 00 09 02")),
        new("B04", "AMQP 0-10", Stage.Connected, "AMQP, END", Hex("41 4D 51 50 01 01 00 0A")),
        new("B04", "no version at all", Stage.Connected, "AMQP, END", Hex("41 4D 51 50 FF FF FF FF")),
        new("B05", "the header of 0-9", Stage.Connected, "ConnectionStart", Hex("41 4D 51 50 01 01 00 09")) { OnSockets = true },
        new("B06", "nothing for ten seconds", Stage.Connected, "DROP", new Step.Wait(10.25)),
        new("B06", "seven octets and silence", Stage.Connected, "DROP", s_header[..7], new Step.Wait(10.25)),
        new("B06", "not yet ten seconds", Stage.Connected, "", s_header[..7], new Step.Wait(9.75)),
        new("B07", "an octet every two seconds", Stage.Connected, "ConnectionStart, DROP",
            [s_header, .. Slowly(OpenWith(new ConnectionTuneOk(2047, 131072, 0)))]),
        new("B08", "the whole handshake in one segment", Stage.Connected, Welcome, Everything) { OnSockets = true },
        new("B09", "the header in eight segments", Stage.Connected, Welcome, [.. Slowly(s_header, 0), Everything[8..]]),
        Announced("FFFFFFFF"), Announced("80000000"), Announced("00002001"),
        Mechanism("FOO"), Mechanism(""), Mechanism(new string('A', 255)), Mechanism("EXTERNAL"),
        Plain("nothing", ""), Plain("no password", "guest"), Plain("no password after the name", "\0guest"), Plain("four parts", "\0guest\0guest\0x"),
        Plain("an authorization id", "authz\0guest\0guest"), Plain("zeros", new string('\0', 8000)),
        new("B12", "zeros over 8 KiB", Stage.Greeted, "DROP", Start("PLAIN", new string('\0', 8192))),
        Login("a wrong password", "canary", "wrong"), Login("an unknown user", "nobody", BadInputRun.Secret), Login("a user without password", "blank", ""),
        new("B13", "an old client's wrong password", Stage.Greeted, "DROP", On(0, BrokerBench.Plain("canary", BadInputRun.Secret + "x")),
            new Step.Wait(3.25)),
        new("B13", "an old client's wrong password, not yet three seconds", Stage.Greeted, "", On(0, BrokerBench.Plain("canary", "x")),
            new Step.Wait(2.75)),
        AmqPlain("no LOGIN", FieldTable.Create(("PASSWORD", BadInputRun.Secret))),
        AmqPlain("LOGIN is a number", FieldTable.Create(("LOGIN", 1), ("PASSWORD", BadInputRun.Secret))),
        AmqPlain("LOGIN twice", FieldTable.Create(("LOGIN", "canary"), ("LOGIN", "canary"), ("PASSWORD", BadInputRun.Secret))),
        new("B14", "AMQPLAIN's response is no table", Stage.Greeted, Refused, Start("AMQPLAIN", "\xFF\xFF\xFF\xFF")),
        new("B15 V08", "guest from another machine", Stage.Greeted, Refused,
            On(0, BrokerBench.Plain("guest", "guest", BrokerBench.CloseCapable))) { Address = "10.0.0.1" },
        new("B15 V08", "guest from another machine by IPv6", Stage.Greeted, Refused,
            On(0, BrokerBench.Plain("guest", "guest", BrokerBench.CloseCapable))) { Address = "::ffff:10.0.0.1" },
        new("B16", "tables in tables up to 8 KiB", Stage.Greeted, "DROP", StartWith(Nested(1350))) { OnSockets = true },
        new("B16", "33 levels", Stage.Greeted, "DROP", StartWith(Nested(33))),
        new("B17", "2,700 keys of one octet", Stage.Greeted, "ConnectionTune, ConnectionOpenOk", StartWith(ManyKeys()),
            OpenWith(new ConnectionTuneOk(2047, 131072, 0)), Kept),
        new("B17", "a name of nearly 8 KiB with control characters", Stage.Greeted, "ConnectionTune, ConnectionOpenOk",
            StartWith(FieldTable.Create(("connection_name", "\x1B[2J\r\n<script>\u202E" + new string('x', 7900))).Octets.ToArray()),
            OpenWith(new ConnectionTuneOk(2047, 131072, 0)), Kept),
        new("B18", "start-ok twice", Stage.LoggedIn, "CC 504 (10/11)", On(0, BrokerBench.Plain("guest", "guest"))) { OnSockets = true },
        new("B18", "open before tune-ok", Stage.LoggedIn, "CC 504 (10/40)", On(0, new ConnectionOpen("/"))),
        new("B18", "tune-ok before start-ok", Stage.Greeted, "CC 504 (10/31)", On(0, new ConnectionTuneOk(2047, 131072, 0))),
        new("B18", "secure-ok unasked", Stage.Greeted, "CC 504 (10/21)", On(0, new ConnectionSecureOk("x"))),
        new("B18", "a method of a channel before open", Stage.LoggedIn, "CC 505", Say(new ChannelOpen())),
        Tune("B19", "frame_max 0", 2047, 0), Tune("B19", "frame_max over ours", 2047, 131073), Tune("B19", "frame_max 1", 2047, 1),
        Tune("B19", "frame_max 4095", 2047, 4095),
        new("B19", "frame_max 4096", Stage.LoggedIn, "ConnectionOpenOk", OpenWith(new ConnectionTuneOk(2047, 4096, 0))),
        Tune("B20", "channel_max 0", 0, 131072), Tune("B20", "channel_max over ours", 2048, 131072),
        new("B21", "heartbeat 1", Stage.LoggedIn, "ConnectionOpenOk, heartbeat, heartbeat, heartbeat",
            OpenWith(new ConnectionTuneOk(2047, 131072, 1)), new Step.Wait(1.5)),
        new("B21", "heartbeat 1 and silence", Stage.LoggedIn, "ConnectionOpenOk, heartbeat, heartbeat, heartbeat, heartbeat, DROP",
            OpenWith(new ConnectionTuneOk(2047, 131072, 1)), new Step.Wait(2.5)),
        new("B21", "heartbeat 65535", Stage.LoggedIn, "ConnectionOpenOk", OpenWith(new ConnectionTuneOk(2047, 131072, 65535)), new Step.Wait(600)),
        new("B21", "heartbeat 0", Stage.LoggedIn, "ConnectionOpenOk", OpenWith(new ConnectionTuneOk(2047, 131072, 0)), new Step.Wait(600)),
        new("B21", "heartbeat 0, and half a frame", Stage.LoggedIn, "ConnectionOpenOk, DROP", OpenWith(new ConnectionTuneOk(2047, 131072, 0)),
            Hex("01 00"), new Step.Wait(60.5)),
        Host("unknown", "nope"), Host("up the path", "/../"), Host("empty", ""), Host("255 octets", new string('v', 255)), Host("forbidden", "closed"),
        new("B22", "a virtual host that is no UTF-8", Stage.LoggedIn, "CC 530 (10/40)", On(0, new ConnectionTuneOk(2047, 131072, 0)),
            Raw(0, MethodId.ConnectionOpen, 2, 0xFF, 0xFE, 0, 0)),
        new("B23", "close before the login", Stage.Greeted, "ConnectionCloseOk, END", Bye) { OnSockets = true },
        new("B23", "close after the login", Stage.LoggedIn, "ConnectionCloseOk, END", Bye) { OnSockets = true },
        new("B23", "close before open", Stage.LoggedIn, "ConnectionCloseOk, END", On(0, new ConnectionTuneOk(2047, 131072, 0)), Bye),
        new("B23", "close-ok unasked", Stage.Greeted, "DROP", On(0, default(ConnectionCloseOk))),
        new("B23", "close instead of the header", Stage.Connected, "AMQP, END", Bye),
    ];

    private const string Welcome = "ConnectionStart, ConnectionTune, ConnectionOpenOk, ChannelOpenOk";

    private static byte[] Bye => On(0, new ConnectionClose(200, "bye"));

    private static byte[] Everything =>
        [.. s_header, .. On(0, BrokerBench.Plain("guest", "guest")), .. OpenWith(new ConnectionTuneOk(2047, 131072, 60)), .. Say(new ChannelOpen())];

    // At most 4 KiB of what a client says about itself is kept.
    private static Step.Do Kept => new((bench, _) => Assert.InRange(bench.Turn.Operations.Connections()[^1].ClientProperties.Length, 0, 4096));

    private static byte[] OpenWith(ConnectionTuneOk tune) => [.. On(0, tune), .. On(0, new ConnectionOpen("/"))];

    private static byte[] Start(string mechanism, string response) => On(0, new ConnectionStartOk(
        BrokerBench.CloseCapable, mechanism, new LongString(Encoding.Latin1.GetBytes(response)), "en_US"));

    private static byte[] StartWith(byte[] clientProperties)
    {
        byte[] response = [.. Counted("\0guest\0guest"u8.ToArray())];
        return Raw(0, MethodId.ConnectionStartOk, [.. Counted(clientProperties), 5, .. "PLAIN"u8, .. response, 5, .. "en_US"u8]);
    }

    private static byte[] ManyKeys()
    {
        var octets = new byte[2690 * 3];
        for (var i = 0; i < octets.Length; i += 3)
            (octets[i], octets[i + 1], octets[i + 2]) = (1, (byte)i, (byte)'V');
        return octets;
    }

    private static Step[] Slowly(byte[] octets, double pause = 2) => [.. octets.Take(10).SelectMany(octet => (Step[])[new byte[] { octet }, new Step.Wait(pause)])];

    private static BadInput Announced(string size) =>
        new("B10 V28", $"a frame of {size} octets", Stage.Greeted, "DROP", Hex("01 0000" + size)) { OnSockets = true, MaxAllocated = 8192 };

    private static BadInput Mechanism(string name) =>
        new("B11", $"mechanism '{name}'", Stage.Greeted, "DROP", Start(name, $"\0guest\0{BadInputRun.Secret}"));

    private static BadInput Plain(string what, string response) => new("B12", $"PLAIN: {what}", Stage.Greeted, Refused, Start("PLAIN", response));

    private static BadInput Login(string what, string user, string password) => new("B13", what, Stage.Greeted, Refused, Start("PLAIN", $"\0{user}\0{password}"))
    {
        Prepare = bench => bench.Users.Put(new UserAccount("blank")),
    };

    private static BadInput AmqPlain(string what, FieldTable table) =>
        new("B14", $"AMQPLAIN: {what}", Stage.Greeted, Refused, Start("AMQPLAIN", Encoding.Latin1.GetString(table.Octets.Span)));

    private static BadInput Tune(string id, string what, ushort channelMax, uint frameMax) =>
        new(id, what, Stage.LoggedIn, "CC 530 (10/30)", On(0, new ConnectionTuneOk(channelMax, frameMax, 0)));

    private static BadInput Host(string what, string name) =>
        new("B22", $"a virtual host: {what}", Stage.LoggedIn, "CC 530 (10/40)", On(0, new ConnectionTuneOk(2047, 131072, 0)),
            On(0, new ConnectionOpen(name)))
        {
            Prepare = bench => bench.VirtualHosts.Create("closed"),
        };
}
