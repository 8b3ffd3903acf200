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
}

/// <summary>
/// One client as the turn sees it; what differs between sockets and the in-process transport is abstract. Fields are owned by the turn.
/// </summary>
internal abstract class Peer(BrokerTurn turn, IPEndPoint? remote)
{
    public BrokerTurn Turn { get; } = turn;

    /// <summary>Where it comes from; null in process.</summary>
    public IPEndPoint? Remote { get; } = remote;

    public ConnectionId Id { get; set; }

    public PeerState State { get; set; }

    /// <summary>Null when the connection is open.</summary>
    public Handshake? Handshake { get; set; }

    /// <summary>What the handshake settled; null before.</summary>
    public ConnectionSettings? Settings { get; set; }

    public Outbound Outbound { get; } = new();

    /// <summary>Its virtual host, from connection.open on.</summary>
    public HostedEngine? Host { get; private set; }

    /// <summary>True from connection.open until the engine ends the connection or hears that it is lost.</summary>
    public bool IsKnownToEngine { get; private set; }

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

    /// <summary>True when a part of a frame has arrived.</summary>
    public bool IsMidFrame { get; set; }

    /// <summary>The settled heartbeat in milliseconds; 0 is off.</summary>
    public int HeartbeatMs { get; set; }

    public long LastReceivedMs { get; set; }

    public long LastSentMs { get; set; }

    /// <summary>When the connection is dropped whatever it does: the handshake's end, or the end of an ending.</summary>
    public long DeadlineMs { get; set; } = long.MaxValue;

    /// <summary>Its place among those that are not logged in yet.</summary>
    public LinkedListNode<Peer>? Waiting { get; set; }

    public bool IsLoopback => Remote is null || LoopbackAddress.Is(Remote.Address);

    /// <summary>As RabbitMQ names connections.</summary>
    public string Name => Remote is null ? $"in-process {Id.Value}" : $"{Remote} -> {Turn.LocalName}";

    /// <summary>From now on the virtual host's engine knows it.</summary>
    public void Enter(HostedEngine host)
    {
        Host = host;
        IsKnownToEngine = true;
        host.Connections++;
    }

    /// <summary>The engine knows it no more.</summary>
    public void LeaveHost()
    {
        IsKnownToEngine = false;
        Host!.Connections--;
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
