using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>The road on any system: the runtime's asynchronous sockets.</summary>
internal sealed class SocketRoad(ILogger log, Func<Socket, PumpedPeer> take) : IIoRoad
{
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(10);

    private Socket? _listener;

    public void Start(Socket listener)
    {
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void StopListening() => _listener?.Dispose();

    public void Dispose() => StopListening();

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                _ = take(socket).RunAsync();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
            {
                return;
            }
            catch (SocketException e)
            {
                Log.AcceptFailed(log, e.ErrorCode);
                await Task.Delay(s_pauseAfterFailure).ConfigureAwait(false);
            }
        }
    }
}
