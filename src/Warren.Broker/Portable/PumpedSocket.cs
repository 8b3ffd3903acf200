using System.Net.Sockets;

namespace Warren.Broker;

/// <summary>A client's socket on the portable road.</summary>
internal sealed class PumpedSocket : PumpedPeer
{
    public PumpedSocket(BrokerTurn turn, Socket socket)
        : base(turn, socket) =>
        Socket.Blocking = false; // Sends never wait; the asynchronous calls are not concerned.

    public override SendResult Send(Outbound outbound)
    {
        try
        {
            var rest = outbound.Rest.Span;
            var sent = Socket.Send(rest, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock || error == SocketError.NoBufferSpaceAvailable)
                return SendResult.WouldBlock;
            if (error != SocketError.Success)
                return SendResult.Broken;
            outbound.Advance(sent);
            return sent == rest.Length ? SendResult.Done : SendResult.WouldBlock;
        }
        catch (ObjectDisposedException)
        {
            return SendResult.Broken;
        }
    }

    public override void Shut()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already, and the pump sees that.
        }
    }

    protected override async ValueTask WaitForOctetsAsync() => await Socket.ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);

    protected override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        var received = Socket.Receive(buffer.Span, SocketFlags.None, out var error);
        return new ValueTask<int>(error == SocketError.WouldBlock ? -1 : received);
    }

    protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> octets) => await Socket.SendAsync(octets).ConfigureAwait(false);
}
