using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>How connections end: in order, without a word, when their time is over, and all of them when the broker stops. Everything inside the turn.</summary>
internal sealed class Departures(BrokerTurn turn, PeerTable peers, WaitingRoom waiting, ILogger log)
{
    private const int LingerMs = 5000;

    // A client that asks for one close after the other and reads no answer gets no more than fit in here.
    private const int MaxAnswerOctets = 4096;

    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when nobody is let in any more.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Ends when the broker is stopping and the last connection has left.</summary>
    public Task Empty => _empty.Task;

    /// <summary>Sends what waits for the client, then ends the transport; whatever comes from it is ignored.</summary>
    public void End(Peer peer)
    {
        peer.State = PeerState.Ending;
        peer.EndWhenSent = true;
        peer.DeadlineMs = turn.NowMs + LingerMs;
        turn.Outgoing(peer);
    }

    /// <summary>
    /// The client has closed, and got its close-ok: it ends the transport, as with RabbitMQ. Threads of a client may close at the same time, and
    /// whoever was second waits for an answer too.
    /// </summary>
    public void AwaitEnd(Peer peer)
    {
        if (IsStopping || peer.Remote is null)
        {
            End(peer);
            return;
        }
        peer.State = PeerState.Ending;
        peer.AnswersClose = true;
        peer.DeadlineMs = turn.NowMs + LingerMs;
    }

    /// <summary>Octets after the client's close: another close is answered, nothing else counts.</summary>
    /// <returns>How many were taken.</returns>
    public int Hear(Peer peer, ReadOnlyMemory<byte> octets)
    {
        if (!peer.AnswersClose)
            return octets.Length;
        var reader = new FrameReader(octets, peer.Settings!.FrameMax);
        try
        {
            while (reader.TryRead(out var frame))
            {
                if (IsClose(frame) && peer.Outbound.Octets < MaxAnswerOctets)
                    turn.Outgoing(peer).WriteMethod(0, new ConnectionCloseOk());
            }
            return reader.Consumed;
        }
        catch (ProtocolException)
        {
            peer.AnswersClose = false;
            End(peer);
            return octets.Length;
        }
    }

    /// <summary>Ignores the client from now on and drops it after a while.</summary>
    public void DropLater(Peer peer, int delayMs)
    {
        peer.State = PeerState.Ending;
        peer.DeadlineMs = turn.NowMs + delayMs;
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Drop(Peer peer, string reason)
    {
        if (peer.State != PeerState.Gone)
            Log.Dropped(log, peer.LogName, reason);
        Leave(peer);
    }

    /// <summary>An operator closes it: with 320 and the reason when it is open, else without a word.</summary>
    /// <returns>False when it is closing already.</returns>
    public bool Force(Peer peer, string reason)
    {
        if (peer.IsClosing || peer.State is not (PeerState.Open or PeerState.Handshaking))
            return false;
        Log.Forced(log, peer.LogName, LogText.Escape(reason));
        if (peer.State == PeerState.Open)
            turn.StepEngine(peer, Command.Forced(peer.Id, reason));
        else
            Leave(peer);
        return true;
    }

    /// <summary>The transport has ended, or shall end now.</summary>
    public void Leave(Peer peer)
    {
        if (peer.State == PeerState.Gone)
            return;
        peer.State = PeerState.Gone;
        if (peer.IsKnownToEngine)
        {
            peer.LeaveHost();
            turn.StepEngine(peer, Command.Lost(peer.Id));
            Log.Closed(log, peer.LogName);
        }
        waiting.Leave(peer);
        peers.Remove(peer);
        SeeWhetherEmpty();
        if (peer.Outbound.State == SendState.Sending)
            return; // The sender will see it.
        peer.Outbound.State = SendState.Sending;
        Flusher.Current.Add(peer);
    }

    /// <summary>Nobody is let in any more; who has not opened a connection yet is dropped.</summary>
    public void Stop()
    {
        IsStopping = true;
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { State: PeerState.Handshaking } peer)
                Drop(peer, "the broker stops");
            else if (peers[id] is { AnswersClose: true } closed)
                End(closed);
        }
        SeeWhetherEmpty();
    }

    /// <summary>Ends every connection that is still there, without a word.</summary>
    public void DropAll()
    {
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { } peer)
                Drop(peer, "the broker stops");
        }
    }

    /// <summary>Drops whoever is late or silent, and sends heartbeats to the others.</summary>
    public void CheckTimes()
    {
        for (var id = 0; id < peers.End; id++)
        {
            if (peers[id] is { } peer)
                CheckTime(peer);
        }
    }

    private static bool IsClose(in Frame frame) =>
        frame is { Type: FrameType.Method, Channel: 0, Payload.Length: >= 4 } && MethodPayload.ReadId(frame.Payload) == MethodId.ConnectionClose;

    private void CheckTime(Peer peer)
    {
        if (peer.Handshake?.Login is { } login)
            turn.Continue(login);
        switch (Timekeeper.Judge(peer, turn.NowMs))
        {
            case Verdict.Late: Drop(peer, peer.State == PeerState.Handshaking ? "handshake timeout" : "it did not close in time"); break;
            case Verdict.Silent: Drop(peer, "missed heartbeats"); break;
            case Verdict.Stuck: Drop(peer, "silent in the middle of a frame or of a message"); break;
            case Verdict.HeartbeatDue: turn.Outgoing(peer).WriteHeartbeat(); break;
        }
        if (!peer.IsTouched && peer.State != PeerState.Gone)
            peer.Release();
    }

    private void SeeWhetherEmpty()
    {
        if (IsStopping && peers.Count == 0)
            _empty.TrySetResult();
    }
}
