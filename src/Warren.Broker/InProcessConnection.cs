using Warren.Amqp;

namespace Warren.Broker;

/// <summary>
/// A client's end of a connection without a socket: the same frames, the same handshake, from this process. Made by
/// <see cref="WarrenBroker.ConnectInProcess"/>.
/// </summary>
public sealed class InProcessConnection : IOctetPipe
{
    private readonly InProcessPeer _peer;

    internal InProcessConnection(InProcessPeer peer) => _peer = peer;

    /// <summary>
    /// Gives octets to the broker, which takes them on the calling thread and calls back whoever gets something, this connection included,
    /// before or after the method returns. May be called from a callback. Octets of concurrent calls follow each other in no certain order.
    /// </summary>
    /// <param name="octets">The protocol header, then frames, cut anywhere.</param>
    /// <exception cref="IOException">The connection has ended.</exception>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (!_peer.Write(octets))
            throw new IOException("The connection to the broker has ended.");
    }

    /// <summary>Ends the connection at once, as a socket that is closed. A second call does nothing.</summary>
    public void Close() => _peer.Shut();
}
