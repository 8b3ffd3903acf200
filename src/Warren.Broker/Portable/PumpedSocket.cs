using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Warren.Broker;

/// <summary>A client's socket on the portable road: one task waits for octets and takes the turn with them.</summary>
internal sealed class PumpedSocket : Peer
{
    private const int ReceiveOctets = 64 * 1024;

    private readonly Socket _socket;
    private readonly Inbound _inbound = new();              // Owned by the pump.
    private readonly SemaphoreSlim _resumed = new(0);       // Without a wait handle there is nothing to dispose.

    public PumpedSocket(BrokerTurn turn, Socket socket)
        : base(turn, (IPEndPoint)socket.RemoteEndPoint!)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _socket.Blocking = false; // Sends never wait; the asynchronous calls are not concerned.
        _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }

    public async Task RunAsync()
    {
        if (!Turn.Join(this))
        {
            _socket.Dispose();
            return;
        }
        try
        {
            while (await ReadOnceAsync().ConfigureAwait(false))
            {
                Turn.EndBatch();
                while (IsCutShort) // And not while it is paused: the pause may be over by now, and whole frames wait.
                {
                    if (IsPaused)
                        await _resumed.WaitAsync().ConfigureAwait(false);
                    TakeInbound();
                    Turn.EndBatch();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has gone, or the broker has dropped it.
        }
        _inbound.Discard();
        Turn.Lost(this);
    }

    public override SendResult Send(Outbound outbound)
    {
        try
        {
            var rest = outbound.Rest.Span;
            var sent = _socket.Send(rest, SocketFlags.None, out var error);
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

    // Sends a copy: should the connection leave meanwhile, its buffers go back to the pool while the send still reads.
    public override void AwaitWritable() => _ = SendRestAsync(Outbound.Rest.ToArray());

    public override void Resume() => _resumed.Release();

    public override void Shut()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already, and the pump sees that.
        }
    }

    public override void Abort()
    {
        _socket.Dispose();
        _resumed.Release();
    }

    private async Task SendRestAsync(byte[] rest)
    {
        try
        {
            await _socket.SendAsync(rest).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Turn.Lost(this);
            return;
        }
        if (!Turn.Writable(this))
            return;
        Outbound.Advance(rest.Length);
        Flusher.Current.Run();
    }

    // Waits with no buffer, so that an idle connection holds none; then there is something to read at once.
    private async Task<bool> ReadOnceAsync()
    {
        await _socket.ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveOctets);
        try
        {
            var received = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return true;
            if (received == 0)
                return false;
            Take(buffer.AsMemory(0, received));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Take(ReadOnlyMemory<byte> octets)
    {
        if (_inbound.Length > 0)
        {
            _inbound.Append(octets.Span);
            TakeInbound();
            return;
        }
        var taken = Turn.Receive(this, octets);
        if (taken < octets.Length)
            _inbound.Append(octets.Span[taken..]);
    }

    private void TakeInbound()
    {
        _inbound.Consume(Turn.Receive(this, _inbound.Written));
        _inbound.Release();
    }
}
