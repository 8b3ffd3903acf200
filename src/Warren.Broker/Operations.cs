using Warren.Engine;

namespace Warren.Broker;

/// <summary>What an operator may ask of a running broker. Each takes the turn once, from any thread.</summary>
internal sealed class Operations(BrokerTurn turn, PeerTable peers, AlarmWatch alarms)
{
    /// <summary>The alarms that stand.</summary>
    public Alarms Alarms => turn.Do(() => alarms.Standing);

    /// <summary>What counts for the memory limit, in octets.</summary>
    public long MemoryOctets => turn.Do(() => alarms.MemoryOctets);

    public void RaiseAlarm(Alarms which) => turn.Do(() => alarms.Raise(which, turn.Now));

    /// <summary>Opens or closes the firehose of a virtual host.</summary>
    /// <returns>False when there is none of this name.</returns>
    public bool Trace(string virtualHost, bool on) => turn.Do(() =>
    {
        var host = turn.FindVirtualHost(virtualHost);
        host?.Step(Command.Trace(on), turn.Now);
        return host is not null;
    });

    public void ClearAlarm(Alarms which) => turn.Do(() => alarms.Clear(which, turn.Now));

    /// <summary>So many octets of the disk are free.</summary>
    public void SeeFreeDisk(long octets) => turn.Do(() => alarms.SeeFreeDisk(octets, turn.Now));

    /// <summary>Every connection, in the order of their ids.</summary>
    public IReadOnlyList<ConnectionSnapshot> Connections() => turn.Do(() =>
    {
        var snapshots = new List<ConnectionSnapshot>(peers.Count);
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { } peer)
                snapshots.Add(ConnectionSnapshot.Of(peer));
        }
        return snapshots;
    });

    /// <summary>Closes one connection with 320 and this reason; one that is not open yet ends without a word.</summary>
    /// <returns>False when there is none of this name, or it is closing already.</returns>
    public bool CloseConnection(string name, string reason) => turn.Do(() => Find(name) is { } peer && turn.Departures.Force(peer, reason));

    private Peer? Find(string name)
    {
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { } peer && peer.Name == name)
                return peer;
        }
        return null;
    }
}
