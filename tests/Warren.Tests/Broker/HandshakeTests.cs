using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

public sealed class HandshakeTests
{
    private readonly BrokerBench _bench = new();

    /// <summary>Rows 3 and 4.</summary>
    [Fact]
    public void The_greeting_names_RabbitMQ_its_nine_capabilities_and_Warren()
    {
        var peer = _bench.Connect();
        peer.Write(FrameBuffer.ProtocolHeader);

        var start = peer.Read<ConnectionStart>();

        Assert.Equal((0, 9), (start.VersionMajor, start.VersionMinor));
        Assert.Equal("PLAIN AMQPLAIN", start.Mechanisms.ToString());
        Assert.Equal("en_US", start.Locales.ToString());
        var properties = start.ServerProperties.ToDictionary();
        Assert.Equal("RabbitMQ", properties["product"]);
        Assert.StartsWith("4.2", (string)properties["version"]!, StringComparison.Ordinal);
        Assert.StartsWith("0.1", (string)properties["warren"]!, StringComparison.Ordinal);
        var capabilities = (Dictionary<string, object?>)properties["capabilities"]!;
        Assert.Equal(9, capabilities.Count);
        Assert.All(capabilities.Values, can => Assert.Equal(true, can));
    }

    [Fact]
    public void The_greeting_names_the_version_of_the_profile()
    {
        foreach (var profile in new[] { Profile.V310, Profile.V313, Profile.V42, Profile.V43 })
        {
            var peer = new BrokerBench(new BrokerOptions { Profile = profile }).Connect();
            peer.Write(FrameBuffer.ProtocolHeader);
            Assert.Equal(profile.Version, peer.Read<ConnectionStart>().ServerProperties.ToDictionary()["version"]);
        }
    }

    [Fact]
    public void B09_a_handshake_octet_by_octet_gets_the_same_replies_as_one_in_one_piece()
    {
        using var octets = new FrameBuffer();
        octets.WriteRaw(FrameBuffer.ProtocolHeader);
        octets.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
        octets.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
        octets.WriteMethod(0, new ConnectionOpen("/"));
        octets.WriteMethod(1, new ChannelOpen());

        var whole = _bench.Connect();
        whole.Write(octets.WrittenSpan);
        var split = _bench.Connect();
        foreach (var octet in octets.WrittenSpan)
            split.Write([octet]);

        Assert.Equal(whole.AllReceived.ToArray(), split.AllReceived.ToArray());
        whole.Read<ConnectionStart>();
        whole.Read<ConnectionTune>();
        whole.Read<ConnectionOpenOk>();
        whole.Read<ChannelOpenOk>();
        Assert.True(whole.IsAtEnd);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("AMQP\0\x01\0\0")]
    [InlineData("AMQP\x03\x01\0\0")]
    [InlineData("AMQP\0\0\x09\x02")]
    [InlineData("AMQP\x01\x01\0\x0A")]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01")]
    public void B01_to_B04_a_foreign_header_gets_ours_and_the_end(string header)
    {
        var peer = _bench.Connect();

        peer.Write(System.Text.Encoding.Latin1.GetBytes(header));

        Assert.Equal(FrameBuffer.ProtocolHeader.ToArray(), peer.AllReceived.ToArray());
        Assert.True(peer.IsShut);
        _bench.Pass(5);
        Assert.True(peer.IsAborted);
    }

    [Fact]
    public void B05_the_header_of_0_9_is_taken_as_0_9_1()
    {
        var peer = _bench.Connect();
        peer.Write("AMQP\x01\x01\0\x09"u8);
        peer.Read<ConnectionStart>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void B06_whoever_says_nothing_is_dropped_after_ten_seconds(int octets)
    {
        var peer = _bench.Connect();
        peer.Write(FrameBuffer.ProtocolHeader[..octets]);

        _bench.Pass(9.75);
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);

        Assert.True(peer.IsAborted);
        Assert.Equal(0, peer.ReceivedOctets);
    }

    /// <summary>Row 15.</summary>
    [Fact]
    public void B07_the_handshake_has_one_deadline_however_busy_the_client_is()
    {
        var peer = _bench.Greet();
        using var octets = new FrameBuffer();
        octets.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
        for (var i = 0; i < 5; i++)
        {
            peer.Write(octets.WrittenSpan.Slice(i, 1));
            _bench.Pass(2);
        }
        Assert.True(peer.IsAborted);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x80, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0x20, 0x01 })]
    public void B10_a_frame_over_8_KiB_before_the_login_is_dropped_when_it_is_announced(byte[] size)
    {
        var peer = _bench.Greet();

        peer.Write([1, 0, 0, .. size]);

        Assert.True(peer.IsAborted);
        Assert.True(peer.IsAtEnd);
    }

    /// <summary>Row 9.</summary>
    [Theory]
    [InlineData("FOO")]
    [InlineData("")]
    [InlineData("EXTERNAL")]
    public void B11_an_unknown_mechanism_is_dropped(string mechanism)
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, new ConnectionStartOk(default, mechanism, "\0guest\0guest", "en_US"));
        Assert.True(peer.IsAborted);
        Assert.True(peer.IsAtEnd);
    }

    /// <summary>Row 10.</summary>
    [Theory]
    [InlineData("guest", "wrong")]
    [InlineData("nobody", "guest")]
    [InlineData("nobody", "")]
    public void B13_a_refused_login_gets_403_when_the_client_can_take_it(string user, string password)
    {
        var peer = _bench.Greet();

        peer.WriteMethod(0, BrokerBench.Plain(user, password, BrokerBench.CloseCapable));

        var close = peer.Read<ConnectionClose>();
        Assert.Equal(403, close.ReplyCode);
        Assert.Equal(
            "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.",
            close.ReplyText.ToString());
        Assert.Equal((0, 0), (close.FaultClassId, close.FaultMethodId));
        Assert.True(peer.IsShut);
    }

    /// <summary>Row 11.</summary>
    [Fact]
    public void B13_a_refused_login_of_an_old_client_is_dropped_after_three_seconds()
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("guest", "wrong"));

        _bench.Pass(2.75);
        Assert.False(peer.IsAborted);
        _bench.Pass(0.5);

        Assert.True(peer.IsAborted);
        Assert.True(peer.IsAtEnd);
    }

    [Theory]
    [InlineData("")]
    [InlineData("guest")]
    [InlineData("\0guest")]
    [InlineData("\0guest\0guest\0x")]
    [InlineData("me\0guest\0guest")]
    public void B12_an_unreadable_PLAIN_response_is_a_refused_login(string response)
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, new ConnectionStartOk(BrokerBench.CloseCapable, "PLAIN", response, "en_US"));
        Assert.Equal(403, peer.Read<ConnectionClose>().ReplyCode);
    }

    [Fact]
    public void B13_a_user_without_a_password_cannot_log_in()
    {
        var bench = new BrokerBench(new BrokerOptions { Users = [new BrokerUser("open", "")] });
        var peer = bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("open", "", BrokerBench.CloseCapable));
        Assert.Equal(403, peer.Read<ConnectionClose>().ReplyCode);
    }

    /// <summary>Row 5.</summary>
    [Fact]
    public void AMQPLAIN_logs_in()
    {
        var peer = _bench.Greet();
        var response = FieldTable.Create(("LOGIN", "guest"), ("PASSWORD", "guest"));
        peer.WriteMethod(0, new ConnectionStartOk(default, "AMQPLAIN", new LongString(response.Octets), "en_US"));
        peer.Read<ConnectionTune>();
    }

    public static TheoryData<FieldTable> UnreadableAmqPlain =>
    [
        FieldTable.Create(("PASSWORD", "guest")),
        FieldTable.Create(("LOGIN", 1), ("PASSWORD", "guest")),
        FieldTable.Create(("LOGIN", "guest"), ("LOGIN", "guest"), ("PASSWORD", "guest")),
    ];

    [Theory]
    [MemberData(nameof(UnreadableAmqPlain), DisableDiscoveryEnumeration = true)]
    public void B14_an_unreadable_AMQPLAIN_response_is_a_refused_login(FieldTable response)
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, new ConnectionStartOk(BrokerBench.CloseCapable, "AMQPLAIN", new LongString(response.Octets), "en_US"));
        Assert.Equal(403, peer.Read<ConnectionClose>().ReplyCode);
    }

    /// <summary>Row 23.</summary>
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    public void B15_V08_guest_logs_in_from_this_machine_only(string address, bool canLogIn)
    {
        var peer = _bench.Greet(address);
        peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", BrokerBench.CloseCapable));
        if (canLogIn)
            peer.Read<ConnectionTune>();
        else
            Assert.Equal(403, peer.Read<ConnectionClose>().ReplyCode);
    }

    [Fact]
    public void B17_client_texts_are_logged_without_control_characters()
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("\x1B[31mroot\r\nfake line", "x"));
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Any(char.IsControl));
        Assert.Contains(_bench.Log.Lines, line => line.Contains("\\u001b[31mroot", StringComparison.Ordinal));
    }

    [Fact]
    public void B18_a_method_out_of_order_gets_504()
    {
        var peer = _bench.LogIn();
        peer.WriteMethod(0, new ConnectionOpen("/"));
        var close = peer.Read<ConnectionClose>();
        Assert.Equal(504, close.ReplyCode);
        Assert.Equal("CHANNEL_ERROR - unexpected method in connection state tuning", close.ReplyText.ToString());
        Assert.Equal((10, 40), (close.FaultClassId, close.FaultMethodId));
    }

    [Theory]
    [InlineData(0, 131072, "channel_max = 0 (no limit) is higher than the maximum allowed value (2047)")]
    [InlineData(2048, 131072, "channel_max = 2048 is higher than the maximum allowed value (2047)")]
    [InlineData(2047, 0, "frame_max = 0 (no limit) is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 131073, "frame_max = 131073 is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 4095, "frame_max = 4095 is lower than the minimum allowed value (4096)")]
    public void B19_B20_a_tune_ok_beyond_the_proposal_gets_530(ushort channelMax, uint frameMax, string why)
    {
        var peer = _bench.LogIn();
        peer.WriteMethod(0, new ConnectionTuneOk(channelMax, frameMax, 60));
        var close = peer.Read<ConnectionClose>();
        Assert.Equal(530, close.ReplyCode);
        Assert.Equal($"NOT_ALLOWED - failed to negotiate connection parameters: negotiated {why}", close.ReplyText.ToString());
    }

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(2047, 131072)]
    public void A_tune_ok_within_the_proposal_opens(ushort channelMax, uint frameMax)
    {
        var peer = _bench.LogIn();
        peer.WriteMethod(0, new ConnectionTuneOk(channelMax, frameMax, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("")]
    [InlineData("/../")]
    public void B22_an_unknown_virtual_host_gets_530(string name)
    {
        var peer = _bench.LogIn();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen(name));
        var close = peer.Read<ConnectionClose>();
        Assert.Equal(530, close.ReplyCode);
        Assert.Equal($"NOT_ALLOWED - vhost {name} not found", close.ReplyText.ToString());
        Assert.Equal((10, 40), (close.FaultClassId, close.FaultMethodId));
    }

    [Fact]
    public void B23_close_during_the_handshake_gets_close_ok()
    {
        var peer = _bench.LogIn();
        peer.WriteMethod(0, new ConnectionClose(200, "OK"));
        peer.Read<ConnectionCloseOk>();
        Assert.True(peer.IsShut);
    }

    [Fact]
    public void B24_a_crowd_that_does_not_log_in_cannot_keep_others_out()
    {
        var first = _bench.Connect();
        var crowd = Enumerable.Range(0, WaitingRoom.MaxPerAddress).Select(_ => _bench.Connect()).ToArray();

        Assert.True(first.IsAborted);
        Assert.DoesNotContain(crowd, peer => peer.IsAborted);
        _bench.Open();
        Assert.Equal(WaitingRoom.MaxPerAddress, _bench.Turn.PeerCount);
    }

    /// <summary>Row 12.</summary>
    [Fact]
    public void The_tune_proposal_is_RabbitMQs()
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
        Assert.Equal(new ConnectionTune(2047, 131072, 60), peer.Read<ConnectionTune>());
    }
}
