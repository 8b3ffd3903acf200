using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class ChannelTests : IDisposable
{
    private readonly EngineHarness _broker = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_second_open_closes_the_connection_with_504()
    {
        var channel = _broker.OpenChannel();
        channel.Send(default(ChannelOpen));
        channel.Connection.ExpectClose(ReplyCode.ChannelError, "second 'channel.open' seen", MethodId.ChannelOpen);
    }

    [Fact]
    public void A_method_before_open_closes_the_connection_with_504()
    {
        var connection = _broker.Connect();
        connection.Send(3, new QueueDeclare("q"));
        connection.ExpectClose(ReplyCode.ChannelError, "expected 'channel.open'", MethodId.QueueDeclare);
    }

    [Fact]
    public void A_method_on_a_number_above_channel_max_closes_the_connection_with_530()
    {
        var connection = _broker.Connect();
        connection.Send(65535, new QueueDeclare("q"));
        connection.ExpectClose(
            ReplyCode.NotAllowed, "channel number 65535 is above the negotiated channel_max (2047)", MethodId.QueueDeclare);
    }

    /// <summary>Row 42.</summary>
    [Fact]
    public void Channel_max_counts_open_channels_and_not_numbers()
    {
        var connection = _broker.Connect(channelMax: 2);
        var first = connection.OpenChannel(3000);
        connection.OpenChannel(65535);
        first.Ask<ChannelClose, ChannelCloseOk>(new ChannelClose(200, "OK"));
        connection.OpenChannel(7);
        connection.Send(8, default(ChannelOpen));
        connection.ExpectClose(ReplyCode.NotAllowed, "number of channels opened (2) has reached the negotiated channel_max (2)");
    }

    /// <summary>Row 40.</summary>
    [Fact]
    public void A_closed_number_may_be_opened_again()
    {
        var channel = _broker.OpenChannel();
        channel.Ask<ChannelClose, ChannelCloseOk>(new ChannelClose(200, "OK"));
        channel.Connection.OpenChannel(1).DeclareQueue("q");
    }

    [Fact]
    public void After_our_channel_close_everything_but_close_ok_is_ignored()
    {
        var channel = _broker.OpenChannel();
        channel.Send(new BasicGet("nothing"));
        channel.Expect<ChannelClose>();
        channel.Send(new QueueDeclare("q"));
        channel.Publish("x", "q");
        channel.Send(default(ChannelOpen));
        channel.ExpectNothing();
        channel.Ask<ChannelClose, ChannelCloseOk>(new ChannelClose(200, "OK"));
        channel.Send(default(ChannelCloseOk));
        channel.Connection.OpenChannel(1);
        Assert.False(_broker.QueueExists("q"));
    }

    /// <summary>Row 18.</summary>
    [Fact]
    public void After_our_connection_close_everything_but_close_ok_is_ignored()
    {
        var channel = _broker.OpenChannel();
        channel.Send(default(ChannelOpen));
        channel.Send(new QueueDeclare("q"));
        channel.Publish("x", "q");
        channel.ExpectNothing();
        channel.Connection.ExpectClose(ReplyCode.ChannelError, "second 'channel.open' seen", MethodId.ChannelOpen);
    }

    [Fact]
    public void A_client_that_does_not_answer_our_close_loses_its_socket_after_five_seconds()
    {
        var channel = _broker.OpenChannel();
        channel.Send(default(ChannelOpen));
        _broker.Advance(TimeSpan.FromSeconds(4));
        Assert.False(channel.Connection.IsClosed);
        _broker.Advance(TimeSpan.FromSeconds(1));
        Assert.True(channel.Connection.IsClosed);
    }

    [Fact]
    public void Both_may_close_the_connection_at_once()
    {
        var channel = _broker.OpenChannel();
        channel.Send(default(ChannelOpen));
        channel.Connection.Zero.Expect<ConnectionClose>();
        channel.Connection.Zero.Ask<ConnectionClose, ConnectionCloseOk>(new ConnectionClose(200, "Goodbye"));
        Assert.True(channel.Connection.IsClosed);
    }

    /// <summary>Row 69.</summary>
    [Fact]
    public void Exclusive_queues_are_gone_before_close_ok_is_sent()
    {
        var connection = _broker.Connect();
        connection.OpenChannel().DeclareQueue("mine", exclusive: true);
        _broker.Batch(() =>
        {
            connection.Send(0, new ConnectionClose(200, "Goodbye"));
            Assert.False(_broker.QueueExists("mine"));
        });
        connection.Zero.Expect<ConnectionCloseOk>();
        Assert.True(connection.IsClosed);
    }

    [Fact]
    public void A_lost_socket_gives_everything_back()
    {
        var other = _broker.OpenChannel();
        other.DeclareQueue("q");
        var lost = _broker.OpenChannel();
        lost.DeclareQueue("mine", exclusive: true);
        other.Publish("a", "q");
        other.Publish("b", "q");
        lost.Consume("q");
        Assert.Equal(2, _broker.Queue("q").Unacknowledged);
        lost.Connection.Lose();
        Assert.Equal(new QueueSnapshot("q", 2, 0, 0), _broker.Queue("q"));
        Assert.False(_broker.QueueExists("mine"));
        Assert.Equal(1, _broker.Engine.Snapshot().Connections);
    }

    /// <summary>Row 43.</summary>
    [Fact]
    public void Flow_true_is_answered_and_flow_false_closes_with_540()
    {
        var channel = _broker.OpenChannel();
        Assert.True(channel.Ask<ChannelFlow, ChannelFlowOk>(new ChannelFlow(true)).Active);
        channel.Send(new ChannelFlow(false));
        channel.Connection.ExpectClose(ReplyCode.NotImplemented, "active=false", MethodId.ChannelFlow);
    }

    /// <summary>Row 45.</summary>
    [Fact]
    public void Access_request_gets_ticket_1() =>
        Assert.Equal(1, _broker.OpenChannel().Ask<AccessRequest, AccessRequestOk>(new AccessRequest("/data")).Ticket);

    [Fact]
    public void Update_secret_is_answered() =>
        _broker.Connect().Zero.Ask<ConnectionUpdateSecret, ConnectionUpdateSecretOk>(new ConnectionUpdateSecret("new", "expired"));

    [Fact]
    public void Unknown_methods_close_with_503_and_their_ids()
    {
        var channel = _broker.OpenChannel();
        channel.Connection.SendFrame(FrameType.Method, 1, 0xFF, 0xFF, 0, 1);
        channel.Connection.ExpectClose(ReplyCode.CommandInvalid, "unknown method 1 of class 65535", unchecked((MethodId)0xFFFF0001));
    }

    [Fact]
    public void B43_methods_of_the_server_close_with_503()
    {
        var channel = _broker.OpenChannel();
        channel.Send(new QueueDeclareOk("q"));
        channel.Connection.ExpectClose(ReplyCode.CommandInvalid, "unimplemented method", MethodId.QueueDeclareOk);
    }

    [Fact]
    public void B44_connection_methods_belong_on_channel_0_and_others_do_not()
    {
        var channel = _broker.OpenChannel();
        channel.Send(new ConnectionClose(200, "Goodbye"));
        channel.Connection.ExpectClose(ReplyCode.CommandInvalid, "unimplemented method", MethodId.ConnectionClose);

        var other = _broker.Connect();
        other.Send(0, default(ChannelOpen));
        other.ExpectClose(ReplyCode.ChannelError, "unexpected method in connection state running", MethodId.ChannelOpen);
    }

    [Fact]
    public void Close_ok_unasked_closes_the_connection_and_channel_close_ok_is_ignored()
    {
        var channel = _broker.OpenChannel();
        channel.Send(default(ChannelCloseOk));
        channel.Connection.Send(5, default(ChannelCloseOk));
        channel.DeclareQueue("q");
        channel.Connection.Send(0, default(ConnectionCloseOk));
        channel.Connection.ExpectClose(
            ReplyCode.ChannelError, "unexpected method in connection state running", MethodId.ConnectionCloseOk);
    }

    [Fact]
    public void Arguments_that_cannot_be_decoded_close_with_501_and_the_methods_ids()
    {
        var channel = _broker.OpenChannel();
        channel.Connection.SendFrame(FrameType.Method, 1, 0, 50, 0, 10, 0, 0, 5, 113);
        channel.Connection.ExpectClose(ReplyCode.FrameError, "cannot decode <<0,0,5,113>>", MethodId.QueueDeclare);
    }

    [Fact]
    public void Row_28_B45_all_arguments_stand_in_the_text_that_is_cut_at_255_octets()
    {
        var channel = _broker.OpenChannel();
        channel.Connection.SendFrame(FrameType.Method, 1, [0, 50, 0, 10, 0, 0, 255, .. new byte[150]]);
        var text = channel.Connection.Zero.Expect<ConnectionClose>().ReplyText.ToString();
        var whole = $"FRAME_ERROR - cannot decode <<0,0,255,{string.Join(',', new byte[150])}>>";
        Assert.Equal(252, text.IndexOf("...", StringComparison.Ordinal));
        Assert.StartsWith(text[..252], whole);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("003C00")]
    public void Row_28_B29_a_method_frame_without_ids_closes_with_501(string payload)
    {
        var channel = _broker.OpenChannel();
        foreach (var number in (ushort[])[0, 1, 9])
        {
            var connection = _broker.OpenChannel().Connection;
            connection.SendFrame(FrameType.Method, number, Convert.FromHexString(payload));
            var shown = payload switch
            {
                "" => "<<>>",
                "00" => "<<0>>",
                _ => "<<0,60,0>>",
            };
            connection.ExpectClose(ReplyCode.FrameError, $"type 1, all octets = {shown}: unknown_frame");
        }
        channel.DeclareQueue("q");
    }

    [Fact]
    public void A_refused_frame_closes_with_the_hosts_words()
    {
        var connection = _broker.Connect();
        _broker.Step(Command.Refused(connection.Id, new ProtocolException(ReplyCode.FrameError, "type 5, all octets = <<>>: unknown_frame")));
        connection.ExpectClose(ReplyCode.FrameError, "type 5, all octets = <<>>: unknown_frame");
    }

    [Fact]
    public void A_heartbeat_on_a_channel_closes_with_505()
    {
        var channel = _broker.OpenChannel();
        channel.Connection.SendFrame(FrameType.Heartbeat, 1);
        channel.Connection.ExpectClose(ReplyCode.UnexpectedFrame, "type 8, all octets = <<>>");
    }

    [Fact]
    public void Row_29_a_heartbeat_with_a_payload_is_no_frame_even_on_a_channel()
    {
        var channel = _broker.OpenChannel();
        channel.Connection.SendFrame(FrameType.Heartbeat, 1, 120);
        channel.Connection.ExpectClose(ReplyCode.FrameError, "type 8, all octets = <<\"x\">>: unknown_frame");
    }

    [Fact]
    public void An_operator_and_a_shutdown_close_with_320()
    {
        var forced = _broker.Connect();
        _broker.Step(Command.Forced(forced.Id, "Closed via management plugin"));
        forced.ExpectClose(ReplyCode.ConnectionForced, "Closed via management plugin");
        var other = _broker.OpenChannel();
        other.DeclareQueue("mine", exclusive: true);
        _broker.Step(Command.Shutdown());
        other.Connection.ExpectClose(ReplyCode.ConnectionForced, "broker forced connection closure with reason 'shutdown'");
        Assert.False(_broker.QueueExists("mine"));
    }

    [Fact]
    public void A_delivery_not_acknowledged_for_30_minutes_closes_its_channel()
    {
        var channel = _broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Consume("q");
        channel.Publish("x", "q");
        channel.ExpectDelivery("x");
        _broker.Advance(TimeSpan.FromMinutes(29));
        channel.ExpectNothing();
        _broker.Advance(TimeSpan.FromMinutes(1));
        channel.ExpectClose(
            ReplyCode.PreconditionFailed,
            "delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured, "
            + "see consumers doc guide to learn more",
            0);
        Assert.Equal(new QueueSnapshot("q", 1, 0, 0), _broker.Queue("q"));
    }

    [Fact]
    public void The_delivery_timeout_can_be_switched_off()
    {
        using var broker = new EngineHarness(new EngineOptions { DeliveryAcknowledgementTimeout = TimeSpan.Zero });
        var channel = broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Publish("x", "q");
        Assert.NotNull(channel.Get("q"));
        broker.Advance(TimeSpan.FromDays(7));
        channel.ExpectNothing();
    }
}
