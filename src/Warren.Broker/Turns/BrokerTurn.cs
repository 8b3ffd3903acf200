using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// The turn: whoever has read octets takes it, steps the engine for each frame, and leaves; then sends, outside of it, what every touched
/// connection got. Nothing inside waits. All fields are owned by whoever holds the gate.
/// </summary>
internal sealed class BrokerTurn
{
    // A socket fills up by itself; a client in this process does not, while it is not read from.
    private const int MaxAsideOctets = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly BrokerClock _clock;
    private readonly VirtualHosts _hosts;
    private readonly HandshakeRules _rules;
    private readonly WaitingRoom _waiting = new();
    private readonly Timekeeper _timekeeper;
    private readonly PeerTable _peers = new();
    private readonly TurnEffects _effects;
    private readonly AlarmWatch _alarms;
    private readonly ILogger _log;
    private DateTimeOffset _now;

    public BrokerTurn(BrokerOptions options, ILogger log, BrokerJournal? journal = null)
    {
        _log = log;
        Departures = new Departures(this, _peers, _waiting, log);
        Flow = new PeerFlow(this, options.OutboundLimit);
        _clock = new BrokerClock(options.TimeProvider);
        Users = new UserBook(journal is null ? options.FirstUsers : []);
        _rules = new HandshakeRules(this, Users, options, log);
        UserConnections = new UserConnections(this, _peers);
        _timekeeper = new Timekeeper(_clock);
        var settled = new EngineOptions
        {
            NodeName = Greeting.NodeName,
            Profile = options.Profile,
            MaxMessageOctets = options.MaxMessageOctets,
            DeliveryAcknowledgementTimeout = options.DeliveryAcknowledgementTimeout,
            DeadLetterRetryTime = options.DeadLetterRetryTime,
            MaxConsumersPerChannel = options.MaxConsumersPerChannel,
            StampTimestamp = options.StampTimestamp,
            StampNode = options.StampNode,
            Bodies = journal is null ? null : new BodyBudget((long)(AlarmWatch.MemoryLimitOf(options) * AlarmWatch.ShareOfBodies)),
        };
        _effects = new TurnEffects(this, _peers, options.OutboundLimit);
        _hosts = new VirtualHosts(settled, _effects, options.Entropy, journal);
        _alarms = new AlarmWatch(_hosts, _peers, options, log);
        Operations = new Operations(this, _peers, _alarms);
        if (journal is not null)
            Durability = new Durability(this, journal, _alarms, options.Profile, log);
    }

    /// <summary>The listener's address, as it stands in connection names.</summary>
    public string LocalName { get; set; } = "in-process";

    /// <summary>Says when <see cref="Tick"/> has to be called next.</summary>
    public Timekeeper Timekeeper => _timekeeper;

    /// <summary>How connections end.</summary>
    public Departures Departures { get; }

    /// <summary>What follows when octets have gone out, and when reading stops.</summary>
    public PeerFlow Flow { get; }

    /// <summary>What an operator may ask for.</summary>
    public Operations Operations { get; }

    /// <summary>Who may log in. Only inside the turn.</summary>
    public UserBook Users { get; }

    /// <summary>What a data folder asks for; null when nothing is kept.</summary>
    public Durability? Durability { get; }

    /// <summary>RabbitMQ's global parameters. Only inside the turn.</summary>
    public BrokerGlobals Globals { get; } = new();

    /// <summary>The open connections of a user. Only inside the turn.</summary>
    public UserConnections UserConnections { get; }

    /// <summary>The virtual hosts. Only inside the turn.</summary>
    public VirtualHosts VirtualHosts => _hosts;

    /// <summary>What proxies have to say first; null without proxies.</summary>
    public ProxyProtocolOptions? Proxies => _rules.Proxies;

    /// <summary>Who checks passwords, for tests.</summary>
    public Logins Logins => _rules.Logins;

    /// <summary>Milliseconds since the broker started, as of this turn.</summary>
    public long NowMs { get; private set; }

    /// <summary>The time, as of this turn.</summary>
    public DateTimeOffset Now => _now;

    /// <summary>Ends when the broker is stopping and the last connection has left.</summary>
    public Task Empty => Departures.Empty;

    /// <summary>How many connections there are, those in their handshake included.</summary>
    public int PeerCount
    {
        get
        {
            lock (_gate)
                return _peers.Count;
        }
    }

    /// <summary>A client has come.</summary>
    /// <returns>False when the broker is stopping.</returns>
    public bool Join(Peer peer)
    {
        lock (_gate)
        {
            if (Departures.IsStopping)
                return false;
            TakeTime();
            _peers.Add(peer);
            peer.Handshake = new Handshake(this, peer, _rules);
            peer.LastReceivedMs = peer.LastSentMs = NowMs;
            peer.DeadlineMs = NowMs + _rules.TimeoutMs;
            EnterWaitingRoom(peer);
        }
        Flusher.Current.Run();
        return true;
    }

    /// <summary>A proxy has said who the connection is for. Inside the turn.</summary>
    public void Relay(Peer peer, in ProxyHeader header)
    {
        if (peer.State != PeerState.Handshaking)
            return;
        _waiting.Leave(peer);
        peer.Relay(header);
        EnterWaitingRoom(peer);
    }

    /// <summary>Octets have come. The caller ends the batch with <see cref="EndBatch"/>.</summary>
    /// <returns>How many were taken. The rest is the start of a frame; or, when the connection is paused, whole frames for later.</returns>
    public int Receive(Peer peer, ReadOnlyMemory<byte> octets)
    {
        lock (_gate)
            return TakeOrFail(peer, octets);
    }

    /// <summary>
    /// Octets have come on a thread that has nowhere to put them aside: <paramref name="inbound"/> keeps what is not taken, and the batch ends.
    /// </summary>
    /// <returns>False when the connection has left.</returns>
    public bool Receive(Peer peer, Inbound inbound, ReadOnlySpan<byte> octets)
    {
        lock (_gate)
        {
            if (peer.State == PeerState.Gone)
                return false;
            if (peer.IsPaused && !octets.IsEmpty && inbound.Length > MaxAsideOctets)
                Departures.Drop(peer, "it goes on writing while nothing is read from it");
            inbound.Append(octets);
            if (!peer.IsPaused)
                inbound.Consume(TakeOrFail(peer, inbound.Written));
            EndStep();
        }
        Flusher.Current.Run();
        return true;
    }

    /// <summary>Everything that was read is stepped: sends to every connection that got something.</summary>
    public void EndBatch()
    {
        lock (_gate)
            EndStep();
        Flusher.Current.Run();
    }

    /// <summary>The transport is at its end, by the client's doing or because it broke.</summary>
    public void Lost(Peer peer)
    {
        lock (_gate)
        {
            TakeTime();
            Departures.Leave(peer);
            EndStep();
        }
        Flusher.Current.Run();
    }

    /// <summary>The transport takes octets again. When the answer is true, the caller runs the flusher.</summary>
    public bool Writable(Peer peer)
    {
        lock (_gate)
            return PeerFlow.IsWritable(peer);
    }

    /// <summary>The thread that sent to a connection is back.</summary>
    public AfterSend Sent(Peer peer, SendResult result, bool mayGoOn)
    {
        lock (_gate)
        {
            if (result == SendResult.Broken)
            {
                Departures.Leave(peer);
                EndStep();
            }
            if (peer.State == PeerState.Gone)
            {
                peer.Outbound.Discard(); // Its state stays Sending, so that nobody sends any more.
                return AfterSend.Abort;
            }
            TakeTime();
            peer.LastSentMs = NowMs;
            return Flow.Sent(peer, result, mayGoOn);
        }
    }

    /// <summary>Does what is due. Cheap when nothing is.</summary>
    public void Tick()
    {
        if (!_timekeeper.IsDue)
            return;
        lock (_gate)
        {
            TakeTime();
            if (_timekeeper.TakePeriod(NowMs, out var engineIsDue))
            {
                Departures.CheckTimes();
                _alarms.CheckPeriod(_now);
            }
            if (engineIsDue)
                _hosts.Tick(_now);
            _hosts.RunDue(_now);
            EndStep();
        }
        Flusher.Current.Run();
    }

    /// <summary>Asks every client to go: connection.close 320 for those that are open, an end without a word for the others.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            TakeTime();
            _hosts.Shutdown(_now);
            Departures.Stop();
            EndStep();
        }
        Flusher.Current.Run();
    }

    /// <inheritdoc cref="Do{T}"/>
    public void Do(Action work) => Do(() =>
    {
        work();
        return true;
    });

    /// <summary>Does something inside the turn for somebody who is not a client, such as an operator, and sends what came of it.</summary>
    public T Do<T>(Func<T> work)
    {
        T result;
        lock (_gate)
        {
            TakeTime();
            result = work();
            EndStep();
        }
        Flusher.Current.Run();
        return result;
    }

    /// <inheritdoc cref="Change{T}"/>
    public void Change(Action work) => Change(() =>
    {
        work();
        return true;
    });

    /// <summary>As <see cref="Do{T}"/>, for what changes something that is defined: where there is a data folder it returns when that is on disk.</summary>
    public T Change<T>(Func<T> work)
    {
        var position = 0L;
        T result;
        lock (_gate)
        {
            TakeTime();
            result = work();
            Durability?.DefinitionsChanged();
            EndStep();
            position = Durability?.Position ?? 0;
        }
        Flusher.Current.Run();
        Durability?.AwaitDisk(position);
        return result;
    }

    /// <summary>What was done for a connection outside of the turn has failed; the connection ends.</summary>
    public void Fail(Peer peer, Exception exception) => Do(() =>
    {
        Log.TurnFailed(_log, exception, peer.Name);
        Departures.Leave(peer);
        return true;
    });

    /// <summary>A login may have waited long enough. Inside the turn.</summary>
    public void Continue(LoginAttempt attempt) => _rules.Logins.Continue(attempt);

    /// <summary>The virtual host of this name, or null. Inside the turn.</summary>
    public HostedEngine? FindVirtualHost(string name) => _hosts.Find(name);

    /// <summary>Ends every connection that is still there, without a word.</summary>
    public void DropAll()
    {
        lock (_gate)
        {
            Departures.DropAll();
            EndStep();
        }
        Flusher.Current.Run();
    }

    /// <summary>The handshake is over: frames go to the engine from now on. Inside the turn.</summary>
    public void Open(Peer peer, HostedEngine host, UserEntry user, ConnectionSettings settings)
    {
        peer.State = PeerState.Open;
        peer.Settings = settings;
        peer.ClientName = ClientIdentity.NameOf(settings.ClientProperties);
        peer.Handshake = null;
        peer.DeadlineMs = long.MaxValue;
        _waiting.Leave(peer);
        Outgoing(peer).WriteMethod(0, new ConnectionOpenOk());
        peer.Enter(host, user);
        host.Step(Command.Opened(peer.Id, settings), _now);
        Log.Opened(_log, peer.LogName, LogText.Escape(settings.User));
    }

    /// <summary>The engine closes a channel, or with number 0 the connection. Inside the turn.</summary>
    public void Refused(Peer peer, ushort channel, in Refusal refusal)
    {
        // 541 was logged with its exception, and 320 is nobody's fault.
        if (refusal.Code is not (ReplyCode.InternalError or ReplyCode.ConnectionForced) && _log.IsEnabled(LogLevel.Warning))
            Log.Refused(_log, peer.LogName, channel == 0 ? "the connection" : $"channel {channel}", LogText.Of(refusal));
    }

    /// <summary>The engine has thrown what it should not; it has ended the connection at hand, if any. Inside the turn.</summary>
    public void EngineFailed(Peer? peer, Exception exception) => Log.EngineFailed(_log, exception, peer?.LogName ?? "nobody's");

    /// <summary>A message cannot be read from the data folder any more. Inside the turn.</summary>
    public void MessageSetAside(ShortString queue, ulong recordId) => Log.MessageSetAside(_log, LogText.Escape(queue.ToString()), recordId);

    /// <summary>A connection's frames on their way out; it will be flushed. Inside the turn.</summary>
    public FrameBuffer Outgoing(Peer peer) => _effects.Outgoing(peer);

    /// <summary>A command for the engine of an open connection. Inside the turn.</summary>
    public void StepEngine(Peer peer, in Command command) => peer.Host!.Step(command, _now);

    /// <summary>The end of a batch: confirms are written, and whoever got something will be flushed. Inside the turn.</summary>
    public void EndStep()
    {
        Durability?.Hear();
        _hosts.EndBatch();
        _alarms.EndBatch(_now);
        Durability?.Seal();
        _timekeeper.Plan(_hosts.NextDueTicks);
        _effects.CollectTouched();
    }

    private void EnterWaitingRoom(Peer peer)
    {
        if (_waiting.Enter(peer) is { } crowdedOut)
            Departures.Drop(crowdedOut, "too many connections wait for their login");
    }

    // What fails on the way to the engine, such as a log that throws, ends this connection, not the thread that serves the others.
    private int TakeOrFail(Peer peer, ReadOnlyMemory<byte> octets)
    {
        try
        {
            return Take(peer, octets);
        }
        catch (Exception e)
        {
            Log.TurnFailed(_log, e, peer.LogName);
            Departures.Leave(peer);
            return octets.Length;
        }
    }

    private int Take(Peer peer, ReadOnlyMemory<byte> octets)
    {
        TakeTime();
        peer.LastReceivedMs = NowMs;
        peer.IsCutShort = peer is { IsPaused: true, State: PeerState.Handshaking or PeerState.Open };
        if (peer.IsCutShort)
            return 0; // Paused from outside, between two reads.
        var taken = peer.State == PeerState.Handshaking ? peer.Handshake!.Receive(octets) : 0;
        if (peer.State == PeerState.Open)
            taken += Step(peer, octets[taken..]);
        if (peer.State == PeerState.Ending)
            taken += Departures.Hear(peer, octets[taken..]);
        if (peer.State == PeerState.Gone)
            taken = octets.Length; // What comes after the end is nobody's.
        peer.IsMidFrame = taken < octets.Length;
        peer.IsCutShort = peer.IsPaused;
        return taken;
    }

    private int Step(Peer peer, ReadOnlyMemory<byte> octets)
    {
        var host = peer.Host!;
        var reader = new FrameReader(octets, peer.Settings!.FrameMax);
        try
        {
            // Between two frames, too: a few octets can ask for a lot (basic.get of large messages).
            while (peer.State == PeerState.Open && reader.TryRead(out var frame))
            {
                if (frame is { Type: FrameType.Heartbeat, Channel: 0 })
                    CheckHeartbeat(frame); // That it came is all it says.
                else
                    host.Step(Command.Received(peer.Id, frame), _now);
                if (Durability is { PublishStop.Stands: true } durability)
                    durability.PublishStop.See(peer, frame);
                if (Flow.IsPausedBy(peer))
                    break;
            }
        }
        catch (ProtocolException e)
        {
            // Where one frame is broken, nobody knows where the next one starts: the client is not listened to any more.
            host.Step(Command.Refused(peer.Id, e), _now);
            Departures.End(peer);
        }
        return reader.Consumed;
    }

    private static void CheckHeartbeat(in Frame frame)
    {
        if (frame.Payload.Length > 0)
            throw FrameFault.Misplaced(frame);
    }

    private void TakeTime()
    {
        var elapsed = _clock.Elapsed;
        NowMs = (long)elapsed.TotalMilliseconds;
        _now = _clock.At(elapsed);
    }
}
