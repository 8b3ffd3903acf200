using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// What follows when octets have gone out to a client, and when reading from it stops and goes on. Everything inside the turn.
/// </summary>
internal sealed class PeerFlow(BrokerTurn turn, int outboundLimit)
{
    // Deliveries alone stop before it. Over it the client asks for answers and does not read them: it is not read from either.
    private readonly long _pauseLimit = 2L * outboundLimit;

    /// <summary>Looks whether too much waits for the client by now.</summary>
    /// <returns>True when nothing more is read from it.</returns>
    public bool IsPausedBy(Peer peer)
    {
        if (peer.Outbound.Octets > _pauseLimit)
            Pause(peer, Pauses.Outbound);
        return peer.IsPaused;
    }

    /// <summary>Nothing is read from the client until <see cref="Resume"/> has been called for every reason.</summary>
    public static void Pause(Peer peer, Pauses reason) => peer.Pauses |= reason;

    /// <summary>One reason less. After the last one the client is read from again, first what it had sent before; the caller runs the flusher.</summary>
    public static void Resume(Peer peer, Pauses reason)
    {
        EndPause(peer, reason);
        if (!peer.IsResuming || peer.Outbound.State != SendState.Idle)
            return; // Whoever sends to it sees it afterwards.
        peer.Outbound.State = SendState.Sending;
        Flusher.Current.Add(peer);
    }

    /// <summary>The transport takes octets again.</summary>
    /// <returns>True when the caller runs the flusher.</returns>
    public static bool IsWritable(Peer peer)
    {
        if (peer.Outbound.State != SendState.Blocked)
            return false;
        peer.Outbound.State = SendState.Sending;
        Flusher.Current.Add(peer);
        return true;
    }

    /// <summary>The thread that sent to a connection is back, and the transport is not broken.</summary>
    public AfterSend Sent(Peer peer, SendResult result, bool mayGoOn)
    {
        if (result == SendResult.WouldBlock)
        {
            peer.Outbound.State = SendState.Blocked;
            return AfterSend.AwaitWritable;
        }
        peer.Outbound.Finish();
        return AfterAllSent(peer, mayGoOn);
    }

    private AfterSend AfterAllSent(Peer peer, bool mayGoOn)
    {
        var outbound = peer.Outbound;
        if (outbound.Octets <= outboundLimit)
            EndPause(peer, Pauses.Outbound);
        var resumes = peer.IsResuming;
        peer.IsResuming = false;
        if (outbound.WasFull && outbound.Octets <= outboundLimit / 2)
            Refill(peer);
        if (outbound.Pending.Length == 0)
            outbound.State = SendState.Idle;
        else
            outbound.Swap();
        if (outbound.State == SendState.Idle && peer.EndWhenSent)
        {
            peer.EndWhenSent = false;
            return AfterSend.Shut;
        }
        if (resumes && outbound.State == SendState.Sending)
            Flusher.Current.Add(peer); // Reading comes first, then the rest is sent.
        if (resumes || outbound.State == SendState.Idle)
            return resumes ? AfterSend.Resume : AfterSend.Nothing;
        if (mayGoOn)
            return AfterSend.GoOn;
        outbound.State = SendState.Blocked;
        return AfterSend.AwaitWritable;
    }

    private void Refill(Peer peer)
    {
        peer.Outbound.WasFull = false;
        if (!peer.IsKnownToEngine)
            return;
        turn.StepEngine(peer, Command.Drained(peer.Id));
        turn.EndStep();
    }

    private static void EndPause(Peer peer, Pauses reason)
    {
        if ((peer.Pauses & reason) == 0)
            return;
        peer.Pauses &= ~reason;
        if (peer.IsPaused)
            return;
        peer.IsResuming = true;
        peer.LastReceivedMs = peer.Turn.NowMs; // Its silence was ours: the time until it is missed begins anew.
    }
}
