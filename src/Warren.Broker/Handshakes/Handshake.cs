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

    private Stage _stage = rules.Proxies is null || peer.Remote is null || peer.ReadsProxyHeader ? Stage.ProtocolHeader : Stage.ProxyHeader;
    private LoginAttempt? _login;
    private UserEntry? _user;
    private ConnectionTuneOk _settled;

    private enum Stage
    {
        ProxyHeader,
        ProtocolHeader,
        Starting,
        LoggingIn,
        Tuning,
        Opening,
    }

    /// <summary>The login that is being checked; null before and after.</summary>
    public LoginAttempt? Login => _stage == Stage.LoggingIn ? _login : null;

    /// <summary>Octets have come.</summary>
    /// <returns>How many were taken.</returns>
    public int Receive(ReadOnlyMemory<byte> octets)
    {
        var taken = _stage == Stage.ProxyHeader ? ReceiveProxyHeader(octets.Span) : 0;
        if (_stage == Stage.ProtocolHeader)
            taken += ReceiveHeader(octets.Span[taken..]);
        if (_stage is Stage.ProxyHeader or Stage.ProtocolHeader || peer.State != PeerState.Handshaking)
            return taken;
        var reader = new FrameReader(octets[taken..], MaxFrame);
        try
        {
            while (peer.State == PeerState.Handshaking && !peer.IsPaused && reader.TryRead(out var frame))
                ReceiveFrame(frame);
        }
        catch (ProtocolException e)
        {
            Fail(e);
        }
        return taken + reader.Consumed;
    }

    /// <summary>The password is right.</summary>
    public void LoggedIn(LoginAttempt attempt, UserEntry user)
    {
        _user = user;
        _login = attempt;
        _stage = Stage.Tuning;
        turn.Outgoing(peer).WriteMethod(0, rules.Proposal);
    }

    /// <summary>The password is wrong, or the user is unknown, or may not come from there: the client is not told which.</summary>
    public void LoginRefused(LoginAttempt attempt)
    {
        Log.LoginRefused(rules.Log, peer.Name, LogText.Escape(attempt.User), attempt.Mechanism);
        RefuseLogin(attempt);
    }

    private void RefuseLogin(LoginAttempt attempt)
    {
        if (attempt.TakesClose)
        {
            var text = $"Login was refused using authentication mechanism {attempt.Mechanism}. For details see the broker logfile.";
            SendClose(ReplyCode.AccessRefused, text, MethodId.None);
        }
        else
        {
            turn.Departures.DropLater(peer, RefusedLoginDelayMs);
        }
    }

    private int ReceiveProxyHeader(ReadOnlySpan<byte> octets)
    {
        try
        {
            rules.Proxies!.Check(peer.Remote!);
            var taken = ProxyHeader.Read(octets, out var header);
            if (taken < 0)
                return 0;
            _stage = Stage.ProtocolHeader;
            turn.Relay(peer, header);
            return taken;
        }
        catch (FormatException e)
        {
            turn.Departures.Drop(peer, e.Message);
            return octets.Length;
        }
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
            turn.Outgoing(peer).WriteMethod(0, peer.External is null ? rules.Start : rules.StartWithExternal);
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
            case (Stage.Starting, MethodId.ConnectionStartOk): LogIn(MethodPayload.Read<ConnectionStartOk>(frame.Payload)); break;
            case (Stage.Tuning, MethodId.ConnectionTuneOk): Tune(MethodPayload.Read<ConnectionTuneOk>(frame.Payload)); break;
            case (Stage.Opening, MethodId.ConnectionOpen): Open(MethodPayload.Read<ConnectionOpen>(frame.Payload)); break;
            case (_, MethodId.ConnectionClose): Close(); break;
            case (_, MethodId.ConnectionCloseOk): turn.Departures.Drop(peer, "closed by the client"); break;
            default: Refuse(ReplyCode.ChannelError, $"unexpected method in connection state {StateName()}", id); break;
        }
    }

    private void LogIn(in ConnectionStartOk start)
    {
        var mechanism = start.Mechanism.ToString();
        Credentials credentials;
        if (mechanism == ExternalMechanism.Name && peer.External is { } identity)
        {
            LogInExternally(identity, start.ClientProperties);
            return;
        }
        switch (mechanism) // What cannot be read is nobody's login, and takes as long to refuse as a wrong one.
        {
            case PlainMechanism.Name: PlainMechanism.TryRead(start.Response.Memory, out credentials); break;
            case AmqPlainMechanism.Name: AmqPlainMechanism.TryRead(start.Response.Memory, out credentials); break;
            default: turn.Departures.Drop(peer, $"unknown mechanism '{LogText.Escape(mechanism)}'"); return;
        }
        _stage = Stage.LoggingIn;
        _login = new LoginAttempt(peer, mechanism, credentials, start.ClientProperties);
        rules.Logins.Begin(_login);
    }

    private void LogInExternally(ExternalIdentity identity, FieldTable clientProperties)
    {
        _stage = Stage.LoggingIn;
        _login = new LoginAttempt(peer, ExternalMechanism.Name, ExternalMechanism.Credentials(identity), clientProperties);
        if (identity.User is not null)
        {
            rules.Logins.BeginVouchedFor(_login);
            return;
        }
        Log.ExternalRefused(rules.Log, peer.Name, identity.Refusal!);
        RefuseLogin(_login);
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
        var name = open.VirtualHost.ToString();
        var host = turn.FindVirtualHost(name);
        if (OpenCheck.Refusal(rules.Users, _user!, host, name, out var authority) is { } reason)
        {
            Refuse(ReplyCode.NotAllowed, reason, MethodId.ConnectionOpen);
            return;
        }
        turn.Open(peer, host!, _user!, new ConnectionSettings
        {
            Name = peer.Name,
            User = _user!.Account.Name,
            Authority = authority!,
            ChannelQuota = _user.Quota,
            ChannelMax = _settled.ChannelMax,
            FrameMax = (int)_settled.FrameMax,
            ClientProperties = _login!.ClientProperties,
        });
    }

    private void Close()
    {
        turn.Outgoing(peer).WriteMethod(0, new ConnectionCloseOk());
        turn.Departures.End(peer);
    }

    private void Fail(ProtocolException error)
    {
        if (_stage is Stage.ProtocolHeader or Stage.Starting or Stage.LoggingIn)
            turn.Departures.Drop(peer, $"a broken frame before the login ({(int)error.ReplyCode})"); // Its octets may hold a password.
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
