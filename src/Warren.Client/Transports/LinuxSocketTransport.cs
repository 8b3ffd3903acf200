using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Warren.Client;

/// <summary>
/// Plain TCP on Linux: blocking receives on threads of its own (<see cref="ReaderPair"/>), and sends that never wait, straight from the
/// thread that publishes. A message is two system calls away from the broker, with no event loop and no thread hand-off between. The
/// socket must never see an asynchronous operation, or the runtime would make it non-blocking and poll it.
/// </summary>
internal sealed class LinuxSocketTransport(Socket socket, long spinTicks, long replySpinTicks) : ITransport
{
    public bool HasWriter => true;

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

    public void Start(Receiver receiver) => new ReaderPair(this, receiver, spinTicks, replySpinTicks).Start();

    /// <summary>Waits for octets; 0 at the end of the connection. Only for the thread that holds the baton.</summary>
    /// <param name="space">Where to put them.</param>
    /// <param name="lookout">How long to look for them before the thread sleeps.</param>
    public int Receive(Span<byte> space, Lookout lookout)
    {
        var received = ReceiveSome(space, LibC.MsgDontWait);
        while (received < 0 && lookout.GoesOn(Stopwatch.GetTimestamp()))
        {
            Thread.Yield(); // As a YieldingSpin does.
            received = ReceiveSome(space, LibC.MsgDontWait);
        }
        while (received < 0)
            received = ReceiveSome(space, 0);
        return received;
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

    // -1 when there is nothing yet.
    private unsafe int ReceiveSome(Span<byte> space, int flags)
    {
        fixed (byte* start = space)
        {
            var received = LibC.Receive(socket.SafeHandle, start, space.Length, flags);
            if (received >= 0)
                return (int)received;
        }
        var error = Marshal.GetLastPInvokeError();
        return error is LibC.EAgain or LibC.EIntr ? -1 : throw new IOException($"receive failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

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
