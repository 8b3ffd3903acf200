using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Warren.Client;

/// <summary>Makes the transport to one endpoint.</summary>
internal static class Connector
{
    public static async Task<ITransport> ConnectAsync(ConnectionOptions options, AmqpEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (options.InProcess is { } broker)
            return new InProcessTransport(broker);
        var socket = await ConnectSocketAsync(endpoint, cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.Tls is { } tls)
                return await SecureAsync(socket, tls, endpoint, cancellationToken).ConfigureAwait(false);
            return OperatingSystem.IsLinux()
                ? new LinuxSocketTransport(socket, ToTicks(options.SpinTime), ToTicks(options.ReplySpinTime))
                : new StreamTransport(new NetworkStream(socket, ownsSocket: true), () => socket.Close());
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    // A synchronous connect on a pool thread: an asynchronous one would leave the socket non-blocking for ever (see LinuxSocketTransport).
    private static async Task<Socket> ConnectSocketAsync(AmqpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken).ConfigureAwait(false);
        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await using (cancellationToken.Register(socket.Dispose).ConfigureAwait(false))
                    await Task.Factory.StartNew(() => socket.Connect(address, endpoint.Port), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                return socket;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                socket.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                last = e;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<ITransport> SecureAsync(Socket socket, SslClientAuthenticationOptions tls, AmqpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        // The name to verify is the one that was dialled, unless the caller names another.
        tls.TargetHost ??= endpoint.Host;
        await stream.AuthenticateAsClientAsync(tls, cancellationToken).ConfigureAwait(false);
        return new StreamTransport(stream, () => socket.Close());
    }
}
