using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Warren.Broker;

/// <summary>Accepts clients and deals them out to the loops. Owned by the first loop's thread.</summary>
internal sealed unsafe class Listener(Socket socket, BrokerTurn turn, IoLoop[] loops, Door door) : IDisposable
{
    private const int MaxPerBatch = 64; // Whoever is connected already waits no longer than for so many newcomers.
    private const int MaxAddressOctets = 128; // struct sockaddr_storage.

    private int _nextLoop;

    public int Fd { get; } = (int)socket.Handle;

    /// <summary>Takes in who waits.</summary>
    /// <returns>False when the system can take nobody for now.</returns>
    public bool Accept()
    {
        var address = stackalloc byte[MaxAddressOctets];
        for (var i = 0; i < MaxPerBatch; i++)
        {
            if (!door.IsOpen())
                return false;
            var length = MaxAddressOctets;
            var fd = Libc.Accept(Fd, address, &length, Libc.NonBlocking | Libc.CloseOnExec);
            if (fd < 0)
                return IsFine(Marshal.GetLastPInvokeError());
            if (!door.Admit(fd))
            {
                _ = Libc.Close(fd); // Another thread took the descriptor that was free.
                return false;
            }
            SetOption(fd, Libc.ProtocolTcp, Libc.TcpNoDelay);
            SetOption(fd, Libc.SolSocket, Libc.SoKeepAlive);
            var loop = loops[_nextLoop++ % loops.Length];
            var remote = SocketAddresses.Read(new ReadOnlySpan<byte>(address, length));
            loop.Do(new ClientSocket(turn, loop, fd, remote), Errand.Adopt);
        }
        return true;
    }

    public void Dispose() => socket.Dispose();

    private bool IsFine(int errno)
    {
        if (errno is Libc.EAGAIN or Libc.EINTR)
            return true;
        door.Fail(errno);
        return errno is not (Libc.EMFILE or Libc.ENFILE or Libc.ENOMEM or Libc.ENOBUFS);
    }

    private static void SetOption(int fd, int level, int option)
    {
        var on = 1;
        _ = Libc.SetSocketOption(fd, level, option, &on, sizeof(int));
    }
}
