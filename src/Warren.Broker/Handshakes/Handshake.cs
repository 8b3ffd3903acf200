using System.Text;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// From the first octet to connection.open-ok (AMQP 0-9-1 section 2.2.4). Whoever breaks the rules before the login is
/// dropped without a word, as the specification asks; after it the reason is sent. Runs inside the turn.
/// </summary>
internal sealed class Handshake(BrokerTurn turn, Peer peer, HandshakeRules rules)
{
    // Nobody who has not logged in can make the broker keep more than one frame of this size.
    private const int MaxFrame = 8192;
    private const int RefusedLoginDelayMs = 3000; // As RabbitMQ: guessing passwords is slow.

    private Stage _stage = Stage.ProtocolHeader;
    private FieldTable _clientProperties;
    private string _user = "";
    private ConnectionTuneOk _settled;

    private enum Stage
    {
        ProtocolHeader,
        Starting,
        Tuning,
        Opening,
    }

    /// <summary>Octets have come.</summary>
    /// <returns>How many were taken.</returns>
    public int Receive(ReadOnlyMemory<byte> octets)
    {
        var taken = _stage == Stage.ProtocolHeader ? ReceiveHeader(octets.Span) : 0;
        if (_stage == Stage.ProtocolHeader || peer.State != PeerState.Handshaking)
            return taken;
        var reader = new FrameReader(octets[taken..], MaxFrame);
        try
        {
            while (peer.State == PeerState.Handshaking && reader.TryRead(out var frame))
                ReceiveFrame(frame);
        }
        catch (ProtocolException e)
        {
            Fail(e);
        }
        return taken + reader.Consumed;
    }

    private int ReceiveHeader(ReadOnlySpan<byte> octets)
    {
        var expected = FrameBuffer.ProtocolHeader;
        if (octets.Length < expected.Length)
            return 0;
        var header = octets[..expected.Length];
        if (header.SequenceEqual(expected) || header.SequenceEqual("AMQP\x01\x01\0\x09"u8)) // The latter is 0-9, which is close enough.
        {
            _stage = Stage.Starting;
            turn.Outgoing(peer).WriteMethod(0, rules.Start);
        }
        else
        {
            Log.ForeignProtocol(rules.Log, peer.Name, ProtocolHint.Of(header));
            turn.Outgoing(peer).WriteRaw(expected); // AMQP 0-9-1 section 4.2.2: say what is spoken here, then close.
            turn.Departures.End(peer);
        }
        return header.Length;
    }

    private void ReceiveFrame(in Frame frame)
    {
        if (frame.Type == FrameType.Heartbeat && frame.Channel == 0)
            return;
        if (frame.Type != FrameType.Method || frame.Channel != 0)
            throw new ProtocolException(ReplyCode.UnexpectedFrame, "expected a method frame on channel 0 during the handshake");
        var id = MethodPayload.ReadId(frame.Payload);
        switch (_stage, id)
        {
            case (Stage.Starting, MethodId.ConnectionStartOk): Login(MethodPayload.Read<ConnectionStartOk>(frame.Payload)); break;
            case (Stage.Tuning, MethodId.ConnectionTuneOk): Tune(MethodPayload.Read<ConnectionTuneOk>(frame.Payload)); break;
            case (Stage.Opening, MethodId.ConnectionOpen): Open(MethodPayload.Read<ConnectionOpen>(frame.Payload)); break;
            case (_, MethodId.ConnectionClose): Close(); break;
            case (_, MethodId.ConnectionCloseOk): turn.Departures.Drop(peer, "closed by the client"); break;
            default: Refuse(ReplyCode.ChannelError, $"unexpected method in connection state {StateName()}", id); break;
        }
    }

    private void Login(in ConnectionStartOk start)
    {
        var mechanism = start.Mechanism.ToString();
        Credentials credentials = default;
        var isReadable = false;
        switch (mechanism)
        {
            case PlainMechanism.Name: isReadable = PlainMechanism.TryRead(start.Response.Memory, out credentials); break;
            case AmqPlainMechanism.Name: isReadable = AmqPlainMechanism.TryRead(start.Response.Memory, out credentials); break;
            default: turn.Departures.Drop(peer, $"unknown mechanism '{LogText.Escape(mechanism)}'"); return;
        }

        // Always checked, so that an unreadable login takes as long to refuse as a wrong one.
        if (rules.Logins.Check(credentials, peer.IsLoopback) is { } user && isReadable)
        {
            _user = user;
            _clientProperties = ClientIdentity.Keep(start.ClientProperties);
            _stage = Stage.Tuning;
            turn.Outgoing(peer).WriteMethod(0, rules.Proposal);
            return;
        }
        Log.LoginRefused(rules.Log, peer.Name, LogText.Escape(Encoding.UTF8.GetString(credentials.User.Span)), mechanism);
        if (ClientIdentity.Can(start.ClientProperties, "authentication_failure_close"u8))
            SendClose(ReplyCode.AccessRefused, $"Login was refused using authentication mechanism {mechanism}. For details see the broker logfile.", MethodId.None);
        else
            turn.Departures.DropLater(peer, RefusedLoginDelayMs);
    }

    private void Tune(in ConnectionTuneOk answer)
    {
        var proposal = rules.Proposal;
        if (answer.ChannelMax == 0 || answer.ChannelMax > proposal.ChannelMax)
            RefuseTune("channel_max", answer.ChannelMax, "higher than the maximum", proposal.ChannelMax);
        else if (answer.FrameMax == 0 || answer.FrameMax > proposal.FrameMax)
            RefuseTune("frame_max", answer.FrameMax, "higher than the maximum", proposal.FrameMax);
        else if (answer.FrameMax < Frame.MinMaxSize)
            RefuseTune("frame_max", answer.FrameMax, "lower than the minimum", Frame.MinMaxSize);
        else
        {
            _settled = answer;
            peer.HeartbeatMs = answer.Heartbeat * 1000;
            _stage = Stage.Opening;
        }
    }

    private void RefuseTune(string field, uint value, string isHow, uint bound) => Refuse(
        ReplyCode.NotAllowed,
        $"failed to negotiate connection parameters: negotiated {field} = {value}{(value == 0 ? " (no limit)" : "")} is {isHow} allowed value ({bound})",
        MethodId.ConnectionTune);

    private void Open(in ConnectionOpen open)
    {
        if (turn.FindVirtualHost(open.VirtualHost.ToString()) is not { } host)
        {
            Refuse(ReplyCode.NotAllowed, $"vhost {open.VirtualHost} not found", MethodId.ConnectionOpen);
            return;
        }
        turn.Open(peer, host, new ConnectionSettings
        {
            User = _user,
            ChannelMax = _settled.ChannelMax,
            FrameMax = (int)_settled.FrameMax,
            ClientProperties = _clientProperties,
        });
    }

    private void Close()
    {
        turn.Outgoing(peer).WriteMethod(0, new ConnectionCloseOk());
        turn.Departures.End(peer);
    }

    private void Fail(ProtocolException error)
    {
        if (_stage is Stage.ProtocolHeader or Stage.Starting)
            turn.Departures.Drop(peer, LogText.Escape(error.Message));
        else
            Refuse(error.ReplyCode, error.Message, MethodId.None);
    }

    private void Refuse(ReplyCode code, string reason, MethodId fault)
    {
        Log.HandshakeRefused(rules.Log, peer.Name, LogText.Escape(reason));
        SendClose(code, reason, fault);
    }

    private void SendClose(ReplyCode code, string reason, MethodId fault)
    {
        var close = new ConnectionClose((ushort)code, code.ReplyText(reason), fault.ClassId(), fault.MethodIndex());
        turn.Outgoing(peer).WriteMethod(0, close);
        turn.Departures.End(peer);
    }

    private string StateName() => _stage switch
    {
        Stage.Starting => "starting",
        Stage.Tuning => "tuning",
        _ => "opening",
    };
}
