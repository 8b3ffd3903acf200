using Warren.Engine;

namespace Warren.Broker;

/// <summary>All connections by their id. Owned by the turn.</summary>
internal sealed class PeerTable
{
    private readonly Stack<int> _free = new();
    private Peer?[] _peers = new Peer?[16];

    public int Count { get; private set; }

    /// <summary>No id is as large; gaps between ids are null.</summary>
    public int End { get; private set; }

    public Peer? this[int id] => _peers[id];

    public Peer this[ConnectionId id] => _peers[id.Value]!;

    public void Add(Peer peer)
    {
        if (!_free.TryPop(out var id))
            id = End++;
        if (id == _peers.Length)
            Array.Resize(ref _peers, id * 2);
        _peers[id] = peer;
        peer.Id = new ConnectionId(id);
        Count++;
    }

    /// <summary>What waits to be sent, of all of them.</summary>
    public long OutboundOctets()
    {
        var octets = 0L;
        for (var id = 0; id < End; id++)
            octets += _peers[id]?.Outbound.Octets ?? 0;
        return octets;
    }

    public void Remove(Peer peer)
    {
        _peers[peer.Id.Value] = null;
        _free.Push(peer.Id.Value);
        Count--;
    }
}
