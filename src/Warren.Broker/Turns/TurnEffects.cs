using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Where the engine's effects go: into the connections' outbound frames. Remembers whom a batch has touched. Owned by the turn.</summary>
internal sealed class TurnEffects(BrokerTurn turn, PeerTable peers, int outboundLimit) : IEffects
{
    private readonly List<Peer> _touched = [];

    public FrameBuffer Outbound(ConnectionId connection) => Outgoing(peers[connection]);

    public FrameBuffer Outgoing(Peer peer)
    {
        if (!peer.IsTouched)
        {
            peer.IsTouched = true;
            _touched.Add(peer);
        }
        return peer.Outbound.Pending;
    }

    public bool HasRoom(ConnectionId connection)
    {
        var outbound = peers[connection].Outbound;
        if (outbound.Octets < outboundLimit)
            return true;
        outbound.WasFull = true;
        return false;
    }

    public void Pause(ConnectionId connection) => PeerFlow.Pause(peers[connection], Pauses.Alarm);

    public void Resume(ConnectionId connection) => PeerFlow.Resume(peers[connection], Pauses.Alarm);

    public void Close(ConnectionId connection)
    {
        var peer = peers[connection];
        peer.LeaveHost();
        if (peer.IsClosing)
            turn.Departures.End(peer);
        else
            turn.Departures.AwaitEnd(peer);
    }

    public void Refused(ConnectionId connection, ushort channel, in Refusal refusal)
    {
        var peer = peers[connection];
        peer.IsClosing |= channel == 0;
        turn.Refused(peer, channel, refusal);
    }

    public void SetAside(ShortString queue, ulong recordId) => turn.MessageSetAside(queue, recordId);

    public void Failed(ConnectionId? connection, Exception exception)
    {
        var peer = connection is { } id ? peers[id] : null;
        if (peer is not null)
            peer.IsClosing = true;
        turn.EngineFailed(peer, exception);
    }

    /// <summary>Gives everybody touched to this thread's flusher, but those that another thread is sending to: it goes on with what was appended.</summary>
    public void CollectTouched()
    {
        foreach (var peer in _touched)
        {
            peer.IsTouched = false;
            if (peer.Outbound.State != SendState.Idle)
                continue;
            peer.Outbound.Swap();
            peer.Outbound.State = SendState.Sending;
            Flusher.Current.Add(peer);
        }
        _touched.Clear();
    }
}
