using System.Buffers.Binary;
using System.Net;
using System.Text;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>Row 25: a proxy says in front of a connection who it is for.</summary>
public sealed class ProxyProtocolTests
{
    private const string Address4 = "192.0.2.7:50001 -> 198.51.100.1:5672";
    private const string Address6 = "[2001:db8::7]:50001 -> [2001:db8::1]:5672";

    private static readonly byte[] s_signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();
    private static readonly byte[] s_addresses4 = [192, 0, 2, 7, 198, 51, 100, 1, 0xC3, 0x51, 0x16, 0x28];
    private static readonly byte[] s_addresses6 =
        [.. IPAddress.Parse("2001:db8::7").GetAddressBytes(), .. IPAddress.Parse("2001:db8::1").GetAddressBytes(), 0xC3, 0x51, 0x16, 0x28];

    private readonly BrokerBench _bench = new(new BrokerOptions { ProxyProtocol = new ProxyProtocolOptions() });

    public static TheoryData<string, byte[], string> Named => new()
    {
        { "v1 TCP4", Line("TCP4 192.0.2.7 198.51.100.1 50001 5672"), Address4 },
        { "v1 TCP6", Line("TCP6 2001:db8::7 2001:db8:0:0:0:0:0:1 50001 5672"), Address6 },
        { "v1 longest", Line("TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535"),
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 -> [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        { "v2 IPv4", Binary(0x21, 0x11, s_addresses4), Address4 },
        { "v2 IPv4 datagrams", Binary(0x21, 0x12, s_addresses4), Address4 },
        { "v2 IPv6", Binary(0x21, 0x21, s_addresses6), Address6 },
        { "v2 IPv4 and TLVs", Binary(0x21, 0x11, [.. s_addresses4, 0x02, 0, 4, .. "host"u8, 0x04, 0, 3, 0, 0, 0]), Address4 },
        { "v2 IPv6 and as many TLVs as there may be", Binary(0x21, 0x21, [.. s_addresses6, .. new byte[8192 - 16 - 36]]), Address6 },
    };

    public static TheoryData<string, byte[]> Nameless => new()
    {
        { "v1 UNKNOWN", Line("UNKNOWN") },
        { "v1 UNKNOWN and whatever", Line("UNKNOWN ffff:f...f:ffff \0 \r \n 1") },
        { "v2 unspecified", Binary(0x21, 0x00, []) },
        { "v2 unspecified and TLVs", Binary(0x21, 0x00, [4, 0, 1, 0]) },
        { "v2 Unix", Binary(0x21, 0x31, new byte[216]) },
        { "v2 LOCAL", Binary(0x20, 0x00, []) },
        { "v2 LOCAL with addresses", Binary(0x20, 0x11, s_addresses4) },
        { "v2 LOCAL of any family", Binary(0x20, 0xFF, [1, 2, 3]) },
    };

    public static TheoryData<string, byte[], string> Broken => new()
    {
        { "AMQP", FrameBuffer.ProtocolHeader.ToArray(), "no PROXY header came first" },
        { "TLS", [22, 3, 1, 0, 200], "no PROXY header came first" },
        { "small letters", "proxy TCP4 "u8.ToArray(), "no PROXY header came first" },
        { "half a signature", "\r\n\r\nQUIT\r\n"u8.ToArray(), "no PROXY header came first" },
        { "no family", "PROXY \r\n"u8.ToArray(), "neither TCP4, TCP6 nor UNKNOWN" },
        { "another family", Line("UDP4 192.0.2.7 198.51.100.1 50001 5672"), "neither TCP4, TCP6 nor UNKNOWN" },
        { "nearly UNKNOWN", Line("UNKNOWNS"), "neither TCP4, TCP6 nor UNKNOWN" },
        { "no ports", Line("TCP4 192.0.2.7 198.51.100.1"), "two addresses and two ports" },
        { "one port more", Line("TCP4 192.0.2.7 198.51.100.1 50001 5672 1"), "two addresses and two ports" },
        { "two blanks", Line("TCP4  192.0.2.7 198.51.100.1 50001 5672"), "two addresses and two ports" },
        { "IPv6 as TCP4", Line("TCP4 ::1 ::1 50001 5672"), "none of its family" },
        { "IPv4 as TCP6", Line("TCP6 192.0.2.7 198.51.100.1 50001 5672"), "none of its family" },
        { "a short form", Line("TCP4 127.1 198.51.100.1 50001 5672"), "none of its family" },
        { "leading zeros", Line("TCP4 192.000.002.007 198.51.100.1 50001 5672"), "none of its family" },
        { "a number", Line("TCP4 2130706433 198.51.100.1 50001 5672"), "none of its family" },
        { "a zone", Line("TCP6 fe80::1%eth0 2001:db8::1 50001 5672"), "none of its family" },
        { "brackets", Line("TCP6 [2001:db8::7] 2001:db8::1 50001 5672"), "none of its family" },
        { "a name", Line("TCP4 localhost 198.51.100.1 50001 5672"), "none of its family" },
        { "a large port", Line("TCP4 192.0.2.7 198.51.100.1 65536 5672"), "a port that is none" },
        { "a negative port", Line("TCP4 192.0.2.7 198.51.100.1 -1 5672"), "a port that is none" },
        { "a port with zeros", Line("TCP4 192.0.2.7 198.51.100.1 050 5672"), "a port that is none" },
        { "a port with a sign", Line("TCP4 192.0.2.7 198.51.100.1 +50 5672"), "a port that is none" },
        { "a line without end", [.. "PROXY UNKNOWN "u8, .. new byte[93]], "does not end within 107 octets" },
        { "an end behind octet 107", [.. "PROXY UNKNOWN "u8, .. new byte[92], 13, 10], "does not end within 107 octets" },
        { "version 1 in binary", Binary(0x11, 0x11, s_addresses4), "unknown version or command" },
        { "another command", Binary(0x22, 0x11, s_addresses4), "unknown version or command" },
        { "another binary family", Binary(0x21, 0x41, s_addresses4), "unknown family or transport" },
        { "another transport", Binary(0x21, 0x13, s_addresses4), "unknown family or transport" },
        { "half a family", Binary(0x21, 0x10, s_addresses4), "unknown family or transport" },
        { "half an address", Binary(0x21, 0x11, s_addresses4[..11]), "too short for its addresses" },
        { "IPv4's length for IPv6", Binary(0x21, 0x21, s_addresses4), "too short for its addresses" },
        { "a short Unix", Binary(0x21, 0x31, new byte[215]), "too short for its addresses" },
        { "too long", [.. s_signature, 0x21, 0x11, 0x1F, 0xF1], "announces 8193 octets; 8192 are the most" },
        { "as long as can be", [.. s_signature, 0x20, 0x00, 0xFF, 0xFF], "announces 65551 octets; 8192 are the most" },
    };

    [Theory]
    [MemberData(nameof(Named))]
    public void Row_25_the_address_in_the_header_is_the_connections(string _, byte[] header, string name)
    {
        foreach (var isWhole in (bool[])[true, false])
        {
            var peer = Connect("10.0.0.5");
            Send(peer, [.. header, .. FrameBuffer.ProtocolHeader], isWhole);
            peer.Read<ConnectionStart>();
            Assert.Equal(name, Assert.Single(_bench.Turn.Operations.Connections()).Name);
            _bench.Turn.Lost(peer);
        }
    }

    [Theory]
    [MemberData(nameof(Nameless))]
    public void Row_25_V08_a_header_without_an_address_leaves_the_sockets(string _, byte[] header)
    {
        foreach (var isWhole in (bool[])[true, false])
        {
            var peer = Connect("127.0.0.1");
            Send(peer, [.. header, .. FrameBuffer.ProtocolHeader], isWhole);
            peer.Read<ConnectionStart>();
            Assert.StartsWith("127.0.0.1:", Assert.Single(_bench.Turn.Operations.Connections()).Name, StringComparison.Ordinal);

            peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", BrokerBench.CloseCapable));
            Assert.Equal(403, peer.Read<ConnectionClose>().ReplyCode); // Whoever that is, the proxy is on this machine, and perhaps not the client.
            _bench.Turn.Lost(peer);
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Row_25_what_is_no_header_is_refused_with_a_line_in_the_log(string _, byte[] octets, string reason)
    {
        foreach (var isWhole in (bool[])[true, false])
        {
            var peer = Connect("10.0.0.5");
            Send(peer, octets, isWhole);

            Assert.True(peer.IsAborted);
            Assert.True(peer.IsAtEnd); // Not an octet is sent: what is there may be no broker's client at all.
            var line = _bench.Log.Lines[^1];
            Assert.StartsWith("10.0.0.5:", line, StringComparison.Ordinal);
            Assert.Contains(": dropped: ", line, StringComparison.Ordinal);
            Assert.Contains(reason, line, StringComparison.Ordinal);
        }
        Assert.Equal(0, _bench.Turn.PeerCount);
    }

    [Fact]
    public void Row_25_no_more_is_asked_for_than_belongs_to_the_header()
    {
        foreach (var row in Named.Select(row => row.Data.Item2).Concat(Nameless.Select(row => row.Data.Item2)))
        {
            var known = 0;
            for (int result; (result = ProxyHeader.Read(row.AsSpan(0, known), out _)) != row.Length;)
            {
                Assert.InRange(-result, 1, row.Length - known);
                known -= result;
            }
            Assert.Equal(row.Length, ProxyHeader.Read([.. row, .. "PROXY UNKNOWN\r\n"u8], out _));
        }
    }

    [Fact]
    public void Row_25_octets_of_any_kind_are_a_header_or_none_and_nothing_else()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] headers = [.. Named.Select(row => row.Data.Item2), .. Nameless.Select(row => row.Data.Item2), .. Broken.Select(row => row.Data.Item2)];
        var (read, refused) = (0, 0);
        for (var i = 0; i < 100_000; i++)
        {
            var octets = headers[random.Next(headers.Length)].ToArray();
            for (var flips = random.Next(3); flips > 0; flips--)
                octets[random.Next(Math.Min(octets.Length, 120))] = (byte)random.Next(256);
            var known = octets.AsSpan(0, i % 2 == 0 ? octets.Length : random.Next(octets.Length));
            try
            {
                var result = ProxyHeader.Read(known, out var header);
                Assert.InRange(result, -ProxyHeader.MaxOctets, known.Length);
                Assert.NotEqual(0, result);
                read += result > 0 ? 1 : 0;
                Assert.True(result > 0 || header == default);
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(read > 1000 && refused > 1000);
    }

    [Fact]
    public void Row_25_whoever_is_slow_with_the_header_is_given_up_with_the_handshake()
    {
        var silent = Connect("10.0.0.5");
        var slow = Connect("10.0.0.5");
        slow.Write("PROXY TCP4 192"u8);
        _bench.Pass(9);
        slow.Write(".0"u8);
        Assert.False(silent.IsAborted || slow.IsAborted);

        _bench.Pass(1.25);

        Assert.True(silent.IsAborted && slow.IsAborted);
        Assert.Equal(2, _bench.Log.Lines.Count(line => line.EndsWith("dropped: handshake timeout", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("192.0.2.7")]
    public void V08_guest_does_not_log_in_through_a_proxy_whatever_address_that_names(string claimed)
    {
        foreach (var proxy in (string[])["127.0.0.1", "10.0.0.5"])
        {
            var peer = Connect(proxy, claimed);
            peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", BrokerBench.CloseCapable));
            var close = peer.Read<ConnectionClose>();
            Assert.Equal(
                (403, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."),
                (close.ReplyCode, close.ReplyText.ToString()));
        }
    }

    [Fact]
    public void Row_25_B13_who_guesses_passwords_through_a_proxy_slows_down_nobody_else_behind_it()
    {
        _bench.Users.Put(new UserAccount("u"), "secret");
        for (var i = 0; i < 10; i++)
            TryLogIn("192.0.2.7", "wrong").Read<ConnectionClose>();

        Assert.True(TryLogIn("192.0.2.7", "secret").IsAtEnd);
        Assert.True(TryLogIn("::ffff:192.0.2.7", "secret").IsAtEnd);
        TryLogIn("192.0.2.8", "secret").Read<ConnectionTune>();
    }

    [Fact]
    public void Row_25_who_waits_for_a_login_is_counted_by_the_address_in_the_header()
    {
        var first = Connect("10.0.0.5", "192.0.2.7");
        for (var i = 0; i < WaitingRoom.MaxPerAddress; i++)
            Connect("10.0.0.5", $"192.0.{i / 250}.{100 + (i % 150)}");
        Assert.False(first.IsAborted);

        for (var i = 0; i < WaitingRoom.MaxPerAddress; i++)
            Connect("10.0.0.5", "192.0.2.7");

        Assert.True(first.IsAborted);
    }

    [Fact]
    public void Row_25_V08_only_trusted_proxies_are_listened_to()
    {
        var bench = new BrokerBench(new BrokerOptions
        {
            ProxyProtocol = new ProxyProtocolOptions { TrustedProxies = [IPNetwork.Parse("10.0.0.0/24"), IPNetwork.Parse("2001:db8::/32")] },
        });
        foreach (var (proxy, isTrusted) in ((string, bool)[])
            [("10.0.0.5", true), ("::ffff:10.0.0.5", true), ("2001:db8::9", true), ("10.0.1.5", false), ("127.0.0.1", false), ("2001:db9::9", false)])
        {
            var peer = bench.Connect(proxy);
            peer.Write([.. Line("TCP4 192.0.2.7 198.51.100.1 50001 5672"), .. FrameBuffer.ProtocolHeader]);
            Assert.Equal(isTrusted, !peer.IsAborted);
            if (!isTrusted)
                Assert.EndsWith("dropped: it is no trusted proxy", bench.Log.Lines[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Row_25_the_name_in_the_log_is_the_clients()
    {
        _bench.Users.Put(new UserAccount("u"), "secret");
        _bench.Users.SetPermission(UserPermission.Everything("u", "/"));
        var peer = TryLogIn("192.0.2.7", "secret");
        peer.Read<ConnectionTune>();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();

        Assert.Contains($"{Address4}: opened by user 'u'", _bench.Log.Lines);
        Assert.True(_bench.Turn.Operations.CloseConnection(Address4, "enough"));
    }

    [Fact]
    public void Row_25_off_is_the_default_and_the_log_says_what_came()
    {
        foreach (var header in (byte[][])[Line("TCP4 192.0.2.7 198.51.100.1 50001 5672"), Binary(0x21, 0x11, s_addresses4)])
        {
            var bench = new BrokerBench();
            var peer = bench.Connect();
            peer.Write(header);
            Assert.Equal(FrameBuffer.ProtocolHeader, peer.AllReceived.Span);
            Assert.Contains(bench.Log.Lines, line => line.Contains("the PROXY protocol, which this broker is not told to expect", StringComparison.Ordinal));
        }
    }

    private RawPeer Connect(string proxy) => _bench.Connect(proxy);

    private RawPeer Connect(string proxy, string claimed)
    {
        var peer = Connect(proxy);
        var family = claimed.Contains(':', StringComparison.Ordinal) ? "TCP6" : "TCP4";
        var destination = family == "TCP6" ? "2001:db8::1" : "198.51.100.1";
        peer.Write([.. Line($"{family} {claimed} {destination} 50001 5672"), .. FrameBuffer.ProtocolHeader]);
        peer.Read<ConnectionStart>();
        return peer;
    }

    private RawPeer TryLogIn(string claimed, string password)
    {
        var peer = Connect("10.0.0.5", claimed);
        peer.WriteMethod(0, BrokerBench.Plain("u", password, BrokerBench.CloseCapable));
        return peer;
    }

    private static void Send(RawPeer peer, byte[] octets, bool isWhole)
    {
        if (isWhole)
            peer.Write(octets);
        for (var i = 0; !isWhole && i < octets.Length; i++)
            peer.Write(octets.AsSpan(i, 1));
    }

    private static byte[] Line(string text) => Encoding.Latin1.GetBytes($"PROXY {text}\r\n");

    private static byte[] Binary(byte versionAndCommand, byte family, byte[] rest)
    {
        byte[] header = [.. s_signature, versionAndCommand, family, 0, 0, .. rest];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)rest.Length);
        return header;
    }
}
