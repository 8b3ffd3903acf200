using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Warren.Client;

/// <summary>
/// Plain TCP on Linux: blocking receives on threads of its own (<see cref="ReaderPair"/>), and sends that never wait, straight from the thread that publishes.
/// A message is two system calls away from the broker, with no event loop and no thread hand-off between. The socket must never
/// see an asynchronous operation, or the runtime would make it non-blocking and poll it.
/// </summary>
internal sealed class LinuxSocketTransport(Socket socket) : ITransport
{
    public unsafe int TrySend(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
        {
            while (true)
            {
                var sent = LibC.Send(socket.SafeHandle, start, octets.Length, LibC.MsgDontWait | LibC.MsgNoSignal);
                if (sent >= 0)
                    return (int)sent;
                var error = Marshal.GetLastPInvokeError();
                if (error == LibC.EAgain)
                    return 0;
                if (error != LibC.EIntr)
                    throw new IOException($"send failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    public void Send(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
            octets = octets[SendSome(octets)..];
    }

    public void Start(Receiver receiver) => new ReaderPair(this, receiver).Start();

    /// <summary>Waits for octets; 0 at the end of the connection. Only for the thread that holds the baton.</summary>
    public unsafe int Receive(Span<byte> space)
    {
        fixed (byte* start = space)
        {
            while (true)
            {
                var received = LibC.Receive(socket.SafeHandle, start, space.Length, 0);
                if (received >= 0)
                    return (int)received;
                var error = Marshal.GetLastPInvokeError();
                if (error != LibC.EIntr)
                    throw new IOException($"receive failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    public void Abort()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected any more, which is what was wanted.
        }
    }

    public void Dispose() => socket.Dispose();

    private unsafe int SendSome(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
        {
            var sent = LibC.Send(socket.SafeHandle, start, octets.Length, LibC.MsgNoSignal);
            if (sent >= 0)
                return (int)sent;
            var error = Marshal.GetLastPInvokeError();
            return error == LibC.EIntr ? 0 : throw new IOException($"send failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
