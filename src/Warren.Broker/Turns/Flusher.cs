namespace Warren.Broker;

/// <summary>
/// The connections that this thread has to send to, after the turn. A callback of the in-process transport may write in turn:
/// what that touches joins the queue of the thread that is already flushing, so that nothing recurses.
/// </summary>
internal sealed class Flusher
{
    // A client that reads as fast as the broker writes must not keep the thread from the others.
    private const int MaxRounds = 4;

    [ThreadStatic]
    private static Flusher? t_current;

    private readonly Queue<Peer> _queue = new();
    private bool _running;

    public static Flusher Current => t_current ??= new Flusher();

    /// <summary>Adds a connection whose state was set to <see cref="SendState.Sending"/>.</summary>
    public void Add(Peer peer) => _queue.Enqueue(peer);

    /// <summary>Sends to all of them. Outside the turn.</summary>
    public void Run()
    {
        if (_running || _queue.Count == 0)
            return;
        _running = true;
        try
        {
            while (_queue.TryDequeue(out var peer))
                Flush(peer);
        }
        finally
        {
            _running = false;
        }
    }

    private static void Flush(Peer peer)
    {
        for (var round = 1; ; round++)
        {
            var result = peer.State == PeerState.Gone || peer.Outbound.Rest.IsEmpty ? SendResult.Done : peer.Send(peer.Outbound);
            switch (peer.Turn.Sent(peer, result, mayGoOn: round < MaxRounds))
            {
                case AfterSend.GoOn: continue;
                case AfterSend.AwaitWritable: peer.AwaitWritable(); return;
                case AfterSend.Resume: peer.Resume(); return;
                case AfterSend.Shut: peer.Shut(); return;
                case AfterSend.Abort: peer.Abort(); return;
                default: return;
            }
        }
    }
}
