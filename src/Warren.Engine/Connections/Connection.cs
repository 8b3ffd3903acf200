using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How far a connection is.</summary>
internal enum ConnectionState
{
    Open,

    /// <summary>We have sent connection.close and wait for close-ok; everything else is ignored.</summary>
    Closing,

    /// <summary>The host has been told to close the socket.</summary>
    Closed,
}

/// <summary>One client's connection: its channels, its exclusive queues, and the connection class's methods.</summary>
internal sealed class Connection
{
    /// <summary>How long a client may take to answer our connection.close.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How many octets of unfinished bodies a connection may leave in its channels.</summary>
    private const int MaxUnfinishedOctets = 64 * 1024 * 1024;

    private readonly ChannelTable _channels = new();
    private List<Queue> _exclusiveQueues = [];
    private int _openChannels;
    private int _unfinishedBodies;
    private int _unfinishedOctets;
    private long _closingSinceTicks;

    public Connection(ConnectionId id, ConnectionSettings settings, VirtualHost host)
    {
        Id = id;
        Settings = settings;
        Host = host;
        Authority = settings.Authority;
        Reading = new Reading(host, id);
        IsRestricted = !Authority.IsUnlimited;
        TakesCancel = Can(settings.ClientProperties, "consumer_cancel_notify"u8);
        TakesBlocked = Can(settings.ClientProperties, "connection.blocked"u8);
    }

    public ConnectionId Id { get; }

    public ConnectionSettings Settings { get; }

    public VirtualHost Host { get; }

    public ConnectionState State { get; private set; }

    /// <summary>Whether the host reads from it.</summary>
    public Reading Reading { get; }

    /// <summary>What the user may do now.</summary>
    public Authority Authority { get; private set; }

    /// <summary>True when the user may not do everything.</summary>
    public bool IsRestricted { get; private set; }

    /// <summary>True when the client understands a basic.cancel from the server.</summary>
    public bool TakesCancel { get; }

    /// <summary>True when the client understands connection.blocked and connection.unblocked.</summary>
    public bool TakesBlocked { get; }

    /// <summary>True from its first publish while an alarm stands until none stands: nothing is read from it.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>True when a basic.publish has come, and not all of its content.</summary>
    public bool HasUnfinishedContent => _unfinishedBodies > 0;

    /// <summary>The method whose frames are at hand, for the class and method id of a close; 0 when there is none.</summary>
    public MethodId CurrentMethod { get; set; }

    /// <summary>True from the moment the host had no room for another delivery until it says that the buffer has drained.</summary>
    public bool IsFull { get; private set; }

    /// <summary>True when another delivery may be appended.</summary>
    public bool HasRoom()
    {
        if (!IsFull && !Host.Effects.HasRoom(Id))
            IsFull = true;
        return !IsFull;
    }

    public void Receive(in Frame frame)
    {
        CurrentMethod = 0;
        if (State == ConnectionState.Closing)
            ReceiveWhileClosing(frame);
        else if (frame.Type == FrameType.Heartbeat)
            throw FrameFault.Misplaced(frame); // The host takes those of channel 0.
        else if (frame.Channel == 0)
            ReceiveOnChannelZero(frame);
        else if (_channels.Find(frame.Channel) is { } channel)
            channel.Receive(frame);
        else
            ReceiveOnUnopenedChannel(frame);
    }

    /// <summary>The soft error: channel.close with the reason, and everything the channel held goes back.</summary>
    public void FailChannel(ushort number, in Refusal refusal) => _channels.Find(number)?.Fail(refusal);

    /// <summary>The hard error: everything the connection held goes back, then connection.close with the reason.</summary>
    public void Fail(in Refusal refusal)
    {
        if (State != ConnectionState.Open)
            return;
        GiveEverythingBack(ChannelEnd.Connection);
        State = ConnectionState.Closing;
        Unblock();
        Reading.GoOn(); // Its close-ok has to be read.
        _closingSinceTicks = Host.NowTicks;
        Send(new ConnectionClose((ushort)refusal.Code, refusal.Code.ReplyText(refusal.Reason), refusal.Method.ClassId(), refusal.Method.MethodIndex()));
        Host.Effects.Refused(Id, 0, refusal);
    }

    /// <summary>The socket is gone.</summary>
    public void Lose()
    {
        Reading.End();
        if (State == ConnectionState.Open)
            GiveEverythingBack(ChannelEnd.Lost);
        State = ConnectionState.Closed;
    }

    /// <summary>The engine has failed, and failed again when it closed the connection: the socket ends, and what is left stays behind.</summary>
    public void Abandon()
    {
        if (Settings.ChannelQuota is { } quota)
            quota.Open -= _openChannels;
        _openChannels = 0;
        EndSocket();
    }

    /// <summary>The user may do other things from now on.</summary>
    public void Apply(Authority authority)
    {
        Authority = authority;
        IsRestricted = !authority.IsUnlimited;
        for (var channel = _channels.Next(0); channel is not null; channel = _channels.Next(channel.Number + 1))
            channel.Consumers.CancelForbidden(authority);
    }

    /// <summary>It publishes while an alarm stands.</summary>
    public void Block()
    {
        if (IsBlocked || State != ConnectionState.Open)
            return;
        IsBlocked = true;
        if (TakesBlocked)
            Send(new ConnectionBlocked(AlarmText.Reason(Host.Alarms)));
        Reading.Stop(ReadingStops.Alarm);
    }

    /// <summary>No alarm stands any more, or the connection ends.</summary>
    public void Unblock()
    {
        if (!IsBlocked)
            return;
        IsBlocked = false;
        if (TakesBlocked && State == ConnectionState.Open)
            Send(default(ConnectionUnblocked));
        Reading.GoOn(ReadingStops.Alarm);
    }

    public void Drain()
    {
        IsFull = false;
        for (var channel = _channels.Next(0); channel is not null; channel = _channels.Next(channel.Number + 1))
            channel.Consumers.RefreshReadiness();
    }

    public void Tick()
    {
        if (State == ConnectionState.Closing && Host.NowTicks - _closingSinceTicks >= CloseTimeout.Ticks)
            EndSocket();
        if (State != ConnectionState.Open)
            return;
        for (var channel = _channels.Next(0); channel is not null; channel = _channels.Next(channel.Number + 1))
            channel.CheckDeliveryTimeout();
    }

    public void Own(Queue queue) => _exclusiveQueues.Add(queue);

    public void Disown(Queue queue) => _exclusiveQueues.Remove(queue);

    /// <summary>A basic.publish has come, and its content has not.</summary>
    public void BeginUnfinished() => _unfinishedBodies++;

    /// <summary>Adds to the sum of unfinished bodies.</summary>
    /// <exception cref="ConnectionException">506: the sum is too large.</exception>
    public void CountUnfinished(int octets)
    {
        _unfinishedOctets += octets;
        if (_unfinishedOctets > MaxUnfinishedOctets)
            throw new ConnectionException(ReplyCode.ResourceError, $"unfinished content of more than {MaxUnfinishedOctets} octets");
    }

    /// <summary>A message is whole or abandoned.</summary>
    public void ForgetUnfinished(int octets)
    {
        _unfinishedBodies--;
        _unfinishedOctets -= octets;
    }

    /// <summary>A channel has stopped working; its number may be in use until the client answers the close.</summary>
    public void CountClosedChannel()
    {
        _openChannels--;
        if (Settings.ChannelQuota is { } quota)
            quota.Open--;
    }

    public void RemoveChannel(ushort number) => _channels.Remove(number);

    /// <summary>Walks the channels in the order of their numbers; see <see cref="ChannelTable.Next"/>.</summary>
    public Channel? NextChannel(int from) => _channels.Next(from);

    public void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod =>
        Host.Effects.Outbound(Id).WriteMethod(0, method);

    private void ReceiveWhileClosing(in Frame frame)
    {
        if (frame.Type != FrameType.Method || frame.Channel != 0 || frame.Payload.Length < 4)
            return;
        var method = MethodPayload.ReadId(frame.Payload);
        if (method == MethodId.ConnectionClose)
            Send(default(ConnectionCloseOk)); // Both closed at once; the client's close needs its answer too.
        if (method is MethodId.ConnectionCloseOk or MethodId.ConnectionClose)
            EndSocket();
    }

    private void ReceiveOnChannelZero(in Frame frame)
    {
        if (frame.Type != FrameType.Method)
            throw FrameFault.Misplaced(frame);
        CurrentMethod = MethodPayload.ReadId(frame.Payload);
        switch (CurrentMethod)
        {
            case MethodId.ConnectionClose: CloseAsAsked(frame.Payload); break;
            case MethodId.ConnectionUpdateSecret: UpdateSecret(frame.Payload); break;
            default: throw MethodCheck.NotOnChannelZero(CurrentMethod);
        }
    }

    private void ReceiveOnUnopenedChannel(in Frame frame)
    {
        if (FrameFault.IsUnknown(frame))
            throw FrameFault.Misplaced(frame);
        if (frame.Type != FrameType.Method)
            throw new ConnectionException(ReplyCode.UnexpectedFrame, "expected method frame, got non method frame instead");
        CurrentMethod = MethodPayload.ReadId(frame.Payload);
        if (CurrentMethod == MethodId.ChannelOpen)
            OpenChannel(frame);
        else if (CurrentMethod != MethodId.ChannelCloseOk) // An answer to a close that crossed another: nothing is left to do.
            throw MethodCheck.NotOnUnopenedChannel(CurrentMethod, frame.Channel, Settings.ChannelMax);
    }

    // channel-max bounds how many channels are open, not their numbers, as RabbitMQ does.
    private void OpenChannel(in Frame frame)
    {
        MethodPayload.Read<ChannelOpen>(frame.Payload);
        if (_openChannels >= Settings.ChannelMax)
        {
            var text = $"number of channels opened ({_openChannels}) has reached the negotiated channel_max ({Settings.ChannelMax})";
            throw new ConnectionException(ReplyCode.NotAllowed, text) { Method = 0 };
        }
        if (Settings.ChannelQuota is { IsUsedUp: true } quota)
        {
            var text = $"number of channels opened for user '{Settings.User}' has reached the maximum allowed user limit of ({quota.Limit})";
            throw new ConnectionException(ReplyCode.NotAllowed, text) { Method = 0 };
        }
        var channel = new Channel(this, frame.Channel);
        _channels.Add(channel);
        _openChannels++;
        if (Settings.ChannelQuota is { } counted)
            counted.Open++;
        channel.Send(default(ChannelOpenOk));
    }

    private void CloseAsAsked(ReadOnlyMemory<byte> payload)
    {
        MethodPayload.Read<ConnectionClose>(payload);
        GiveEverythingBack(ChannelEnd.Connection); // Before close-ok: who has it may count on the exclusive queues being gone.
        Send(default(ConnectionCloseOk));
        EndSocket();
    }

    // Tokens that expire come with another login mechanism; a password does not expire, and RabbitMQ answers ok.
    private void UpdateSecret(ReadOnlyMemory<byte> payload)
    {
        MethodPayload.Read<ConnectionUpdateSecret>(payload);
        Send(default(ConnectionUpdateSecretOk));
    }

    private void GiveEverythingBack(ChannelEnd end)
    {
        for (var channel = _channels.Next(0); channel is not null; channel = _channels.Next(channel.Number + 1))
        {
            channel.End(end);
            _channels.Remove(channel.Number);
        }
        var owned = _exclusiveQueues;
        _exclusiveQueues = [];
        foreach (var queue in owned)
            Host.Queues.Delete(queue);
    }

    private static bool Can(FieldTable clientProperties, ReadOnlySpan<byte> capability) =>
        clientProperties.TryGet("capabilities"u8, out var field)
        && field.TryGetTable(out var capabilities)
        && capabilities.TryGet(capability, out var value)
        && value.TryGetBoolean(out var can)
        && can;

    private void EndSocket()
    {
        Reading.GoOn();
        Reading.End();
        State = ConnectionState.Closed;
        Host.Effects.Close(Id);
    }
}
