using System.Net.Sockets;

namespace Warren.Broker;

/// <summary>The road on any system: the runtime's asynchronous sockets.</summary>
internal sealed class SocketRoad(Door door, Func<Socket, PumpedPeer> take) : IIoRoad
{
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(Timekeeper.PeriodMs);

    private readonly CancellationTokenSource _stops = new();
    private Socket? _listener;

    public void Start(Socket listener)
    {
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void StopListening()
    {
        _stops.Cancel();
        _listener?.Dispose();
    }

    public void Dispose() => StopListening();

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                while (!door.IsOpen())
                    await Task.Delay(s_pauseAfterFailure, _stops.Token).ConfigureAwait(false);
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                if (door.Admit((int)socket.Handle))
                    _ = take(socket).RunAsync();
                else
                    socket.Dispose(); // Others took the descriptors while nobody came.
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
            {
                return;
            }
            catch (SocketException e)
            {
                door.Fail(e.ErrorCode);
                await Task.Delay(s_pauseAfterFailure).ConfigureAwait(false);
            }
        }
    }
}
