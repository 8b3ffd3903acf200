using System.Net;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>How far a connection is.</summary>
internal enum PeerState
{
    /// <summary>Not opened yet; the engine has not heard of it.</summary>
    Handshaking,

    /// <summary>Its frames go to the engine.</summary>
    Open,

    /// <summary>Nothing it sends counts any more; what waits for it is sent, then the transport ends.</summary>
    Ending,

    /// <summary>Left. Its id may already be another's.</summary>
    Gone,
}

/// <summary>How an attempt to send ended.</summary>
internal enum SendResult
{
    /// <summary>Everything went out.</summary>
    Done,

    /// <summary>The transport takes no more for now.</summary>
    WouldBlock,

    /// <summary>The transport is broken.</summary>
    Broken,
}

/// <summary>Why nothing is read from a client; as long as any of these is left, nothing is.</summary>
[Flags]
internal enum Pauses
{
    None = 0,

    /// <summary>Too much waits for it.</summary>
    Outbound = 1,

    /// <summary>It publishes, and the broker runs out of something.</summary>
    Alarm = 2,

    /// <summary>Its login is being checked.</summary>
    Login = 4,

    /// <summary>It publishes, and too much waits for the disk.</summary>
    Journal = 8,
}

/// <summary>
/// One client as the turn sees it; what differs between sockets and the in-process transport is abstract. Fields are owned by the turn.
/// </summary>
internal abstract class Peer(BrokerTurn turn, IPEndPoint? remote)
{
    private bool _isRelayed;
    private string? _relayedTo;

    public BrokerTurn Turn { get; } = turn;

    /// <summary>Where it comes from, or what a trusted proxy says of that; null in process.</summary>
    public IPEndPoint? Remote { get; private set; } = remote;

    public ConnectionId Id { get; set; }

    public PeerState State { get; set; }

    /// <summary>Null when the connection is open.</summary>
    public Handshake? Handshake { get; set; }

    /// <summary>What the handshake settled; null before.</summary>
    public ConnectionSettings? Settings { get; set; }

    public Outbound Outbound { get; } = new();

    /// <summary>Its virtual host, from connection.open on.</summary>
    public HostedEngine? Host { get; private set; }

    /// <summary>Who has logged in, from connection.open on.</summary>
    public UserEntry? User { get; private set; }

    /// <summary>True from connection.open until the engine ends the connection or hears that it is lost.</summary>
    public bool IsKnownToEngine { get; private set; }

    /// <summary>True from the engine's connection.close on: only the answer is awaited.</summary>
    public bool IsClosing { get; set; }

    /// <summary>True when its outbound frames must be looked at before the turn ends.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Why nothing is read from it; owned by <see cref="PeerFlow"/>.</summary>
    public Pauses Pauses { get; set; }

    /// <summary>True when nothing is read from it.</summary>
    public bool IsPaused => Pauses != Pauses.None;

    /// <summary>True when the last look at what it has sent ended because of a pause, so that whole frames may be left.</summary>
    public bool IsCutShort { get; set; }

    /// <summary>True from the end of its last pause until its transport hears of that; owned by <see cref="PeerFlow"/>.</summary>
    public bool IsResuming { get; set; }

    /// <summary>True when the transport ends as soon as everything is sent.</summary>
    public bool EndWhenSent { get; set; }

    /// <summary>True when the client has closed and not ended the transport yet: a further close gets its answer.</summary>
    public bool AnswersClose { get; set; }

    /// <summary>True when a part of a frame has arrived.</summary>
    public bool IsMidFrame { get; set; }

    /// <summary>True when a part of a frame has arrived, or some frames of a message and not all.</summary>
    public bool IsMidway => IsMidFrame || (IsKnownToEngine && Host!.IsMidContent(Id));

    /// <summary>The settled heartbeat in milliseconds; 0 is off.</summary>
    public int HeartbeatMs { get; set; }

    public long LastReceivedMs { get; set; }

    public long LastSentMs { get; set; }

    /// <summary>When the connection is dropped whatever it does: the handshake's end, or the end of an ending.</summary>
    public long DeadlineMs { get; set; } = long.MaxValue;

    /// <summary>Its place among those that are not logged in yet.</summary>
    public LinkedListNode<Peer>? Waiting { get; set; }

    /// <summary>True when it comes from this machine. Who comes through a proxy does not, whatever address that names: nobody can know.</summary>
    public bool IsLoopback => Remote is null || (!_isRelayed && LoopbackAddress.Is(Remote.Address));

    /// <summary>True when its transport reads the PROXY header, and the handshake gets what is behind it.</summary>
    public virtual bool ReadsProxyHeader => false;

    /// <summary>Who the client is by its certificate; null where certificates are not asked for, and EXTERNAL is not offered.</summary>
    public virtual ExternalIdentity? External => null;

    /// <summary>As RabbitMQ names connections.</summary>
    public string Name => Remote is null ? $"in-process {Id.Value}" : $"{Remote} -> {_relayedTo ?? LocalName}";

    /// <summary>What the client calls the connection; empty when it does not, or has not logged in yet.</summary>
    public string ClientName { get; set; } = "";

    /// <summary>The name for the log, with what the client calls the connection behind it.</summary>
    public string LogName => ClientName.Length == 0 ? Name : $"{Name} - {LogText.Escape(ClientName)}";

    /// <summary>Where it was let in.</summary>
    protected virtual string LocalName => Turn.LocalName;

    /// <summary>A proxy has said who the connection is for.</summary>
    public void Relay(in ProxyHeader header)
    {
        _isRelayed = true; // Also when it names nobody: a proxy on this machine may stand before a client of any.
        Remote = header.Source ?? Remote;
        _relayedTo = header.Destination?.ToString();
    }

    /// <summary>From now on the virtual host's engine knows it.</summary>
    public void Enter(HostedEngine host, UserEntry user)
    {
        Host = host;
        User = user;
        IsKnownToEngine = true;
        host.Connections++;
        user.Connections++;
    }

    /// <summary>The engine knows it no more.</summary>
    public void LeaveHost()
    {
        IsKnownToEngine = false;
        Host!.Connections--;
        User!.Connections--;
    }

    /// <summary>Sends, without waiting. Outside the turn, by one thread at a time.</summary>
    public abstract SendResult Send(Outbound outbound);

    /// <summary>Calls <see cref="BrokerTurn.Writable"/> when the transport takes octets again. Outside the turn.</summary>
    public abstract void AwaitWritable();

    /// <summary>Goes on reading, first with what it had put aside. Outside the turn.</summary>
    public abstract void Resume();

    /// <summary>Everything is sent and nothing will follow. Outside the turn.</summary>
    public abstract void Shut();

    /// <summary>The connection has left the turn: the transport ends now. Outside the turn, once.</summary>
    public abstract void Abort();

    /// <summary>Gives back memory that an idle connection does not need. Inside the turn.</summary>
    public virtual void Release() => Outbound.Release();
}
