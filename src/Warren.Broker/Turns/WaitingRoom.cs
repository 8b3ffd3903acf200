using System.Net;

namespace Warren.Broker;

/// <summary>
/// The connections that are not logged in yet, oldest first, and never too many: at the limit the oldest goes. So a crowd that connects and
/// says nothing cannot keep a client out that logs in at once.
/// </summary>
internal sealed class WaitingRoom
{
    public const int MaxPerAddress = 1000;
    public const int MaxTotal = 4000;

    private readonly LinkedList<Peer> _peers = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];

    /// <summary>Lets one in.</summary>
    /// <returns>The one that has to go for it, or null.</returns>
    public Peer? Enter(Peer peer)
    {
        if (peer.Remote is null)
            return null;
        peer.Waiting = _peers.AddLast(peer);
        var sameAddress = _perAddress.GetValueOrDefault(peer.Remote.Address) + 1;
        _perAddress[peer.Remote.Address] = sameAddress;
        if (sameAddress > MaxPerAddress)
            return OldestOf(peer.Remote.Address);
        return _peers.Count > MaxTotal ? _peers.First!.Value : null;
    }

    public void Leave(Peer peer)
    {
        if (peer.Waiting is not { } node)
            return;
        peer.Waiting = null;
        _peers.Remove(node);
        var address = peer.Remote!.Address;
        var left = _perAddress[address] - 1;
        if (left == 0)
            _perAddress.Remove(address);
        else
            _perAddress[address] = left;
    }

    private Peer OldestOf(IPAddress address)
    {
        var node = _peers.First!;
        while (!node.Value.Remote!.Address.Equals(address))
            node = node.Next!;
        return node.Value;
    }
}
