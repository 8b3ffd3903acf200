using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Warren.Broker;

/// <summary>A client's socket where no loop looks after it: one task waits for octets and takes the turn with them.</summary>
internal abstract class PumpedPeer : Peer
{
    private const int ReceiveOctets = 64 * 1024;

    private readonly Inbound _inbound = new();              // Owned by the pump.
    private readonly SemaphoreSlim _resumed = new(0);       // Without a wait handle there is nothing to dispose.

    protected PumpedPeer(BrokerTurn turn, Socket socket)
        : base(turn, (IPEndPoint)socket.RemoteEndPoint!)
    {
        Socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }

    protected Socket Socket { get; }

    public async Task RunAsync()
    {
        if (!Turn.Join(this))
        {
            Socket.Dispose();
            return;
        }
        try
        {
            await BeginAsync().ConfigureAwait(false);
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
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or AuthenticationException)
        {
            // The client has gone, or the broker has dropped it.
        }
        finally
        {
            _inbound.Discard();
            Turn.Lost(this);
            End();
        }
    }

    // Sends a copy: should the connection leave meanwhile, its buffers go back to the pool while the send still reads.
    public override void AwaitWritable() => _ = SendRestAsync(Outbound.Rest.ToArray());

    public override void Resume() => _resumed.Release();

    public override void Abort()
    {
        Socket.Dispose();
        _resumed.Release();
    }

    /// <summary>What comes before the first octet of AMQP.</summary>
    protected virtual Task BeginAsync() => Task.CompletedTask;

    /// <summary>Nothing will be read any more.</summary>
    protected virtual void End()
    {
    }

    /// <summary>Waits until there is something to read, and holds no buffer meanwhile.</summary>
    protected abstract ValueTask WaitForOctetsAsync();

    /// <returns>How many octets were read; 0 at the end, below 0 when there is nothing after all.</returns>
    protected abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Sends all of it, however long it takes.</summary>
    protected abstract ValueTask WriteAsync(ReadOnlyMemory<byte> octets);

    private async Task SendRestAsync(byte[] rest)
    {
        try
        {
            await WriteAsync(rest).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Turn.Lost(this);
            return;
        }
        if (!Turn.Writable(this))
            return;
        Outbound.Advance(rest.Length);
        Flusher.Current.Run();
    }

    private async Task<bool> ReadOnceAsync()
    {
        await WaitForOctetsAsync().ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveOctets);
        try
        {
            var received = await ReadAsync(buffer).ConfigureAwait(false);
            if (received > 0)
                Take(buffer.AsMemory(0, received));
            return received != 0;
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
