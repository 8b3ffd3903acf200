using Warren.Amqp;

namespace Warren.Broker;

/// <summary>While too much waits for the disk, nothing more is read from whoever publishes. Owned by the turn.</summary>
internal sealed class PublishStop
{
    private readonly List<Peer> _stopped = [];

    /// <summary>True while too much waits.</summary>
    public bool Stands { get; private set; }

    /// <summary>Too much waits.</summary>
    public void Begin() => Stands = true;

    /// <summary>The client has sent this frame: when it is a part of a message, the client waits too.</summary>
    public void See(Peer peer, in Frame frame)
    {
        if (!Stands || !IsOfMessage(frame) || (peer.Pauses & Pauses.Journal) != 0)
            return;
        PeerFlow.Pause(peer, Pauses.Journal);
        _stopped.Add(peer);
    }

    /// <summary>There is room again: everybody goes on.</summary>
    public void End()
    {
        Stands = false;
        foreach (var peer in _stopped)
        {
            if (peer.State != PeerState.Gone)
                PeerFlow.Resume(peer, Pauses.Journal);
        }
        _stopped.Clear();
    }

    private static bool IsOfMessage(in Frame frame) =>
        frame.Type is FrameType.Header or FrameType.Body
        || (frame is { Type: FrameType.Method, Payload.Length: >= 4 } && MethodPayload.ReadId(frame.Payload) == MethodId.BasicPublish);
}
