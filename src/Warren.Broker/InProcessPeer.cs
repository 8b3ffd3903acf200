namespace Warren.Broker;

/// <summary>A client in the same process. Whatever touches it sends by calling it, on the thread that touched it.</summary>
internal sealed class InProcessPeer(BrokerTurn turn, Action<ReadOnlyMemory<byte>> received, Action<Exception?> closed) : Peer(turn, null)
{
    private readonly Inbound _inbound = new(); // Owned by the turn.
    private bool _isShut;

    /// <summary>Octets come from the client.</summary>
    /// <returns>False when the connection has ended.</returns>
    public bool Write(ReadOnlySpan<byte> octets) => Turn.Receive(this, _inbound, octets);

    public override SendResult Send(Outbound outbound)
    {
        var octets = outbound.Rest;
        try
        {
            received(octets);
        }
        catch (Exception e) when (e is not OutOfMemoryException) // The client's fault must end the client, not the thread that serves others.
        {
            return SendResult.Broken;
        }
        outbound.Advance(octets.Length);
        return SendResult.Done;
    }

    public override void AwaitWritable() => Turn.Writable(this); // It always is; but others get their turn in between.

    public override void Resume() => Turn.Receive(this, _inbound, default);

    public override void Shut()
    {
        _isShut = true;
        Turn.Lost(this);
    }

    public override void Abort() => closed(_isShut ? null : new IOException("The broker dropped the connection."));

    public override void Release()
    {
        base.Release();
        _inbound.Release();
    }
}
