using Warren.Engine;

namespace Warren.Broker;

/// <summary>What happens to the open connections of a user who is changed or deleted. Owned by the turn.</summary>
internal sealed class UserConnections(BrokerTurn turn, PeerTable peers)
{
    /// <summary>The user's permissions are others from now on: consumers that are not allowed any more are cancelled, and nothing is allowed from memory.</summary>
    public void Reauthorize(UserEntry user)
    {
        foreach (var peer in Of(user))
            turn.StepEngine(peer, Command.AuthorityChanged(peer.Id, user.AuthorityIn(peer.Host!.Name) ?? Authority.None));
    }

    /// <summary>Closes them with 320.</summary>
    public void Close(UserEntry user, string reason)
    {
        foreach (var peer in Of(user))
            turn.StepEngine(peer, Command.Forced(peer.Id, reason));
    }

    private List<Peer> Of(UserEntry user)
    {
        var found = new List<Peer>();
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { IsKnownToEngine: true } peer && peer.User == user)
                found.Add(peer);
        }
        return found;
    }
}
