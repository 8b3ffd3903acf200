using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Warren.Broker;

/// <summary>An eventfd: wakes a thread that waits in epoll.</summary>
internal sealed unsafe class WakeFd
{
    private int _isRung;

    public WakeFd()
    {
        Fd = Libc.EventFd(0, Libc.NonBlocking | Libc.CloseOnExec);
        if (Fd < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public int Fd { get; }

    /// <summary>Wakes the thread; many calls before it has woken are one.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref _isRung, 1) != 0)
            return;
        var one = 1UL;
        _ = Libc.Write(Fd, (byte*)&one, sizeof(ulong));
    }

    /// <summary>By the thread, before it looks for what it was woken for.</summary>
    public void Clear()
    {
        ulong count;
        _ = Libc.Read(Fd, (byte*)&count, sizeof(ulong));
        Volatile.Write(ref _isRung, 0);
    }

    // Closed when nobody can ring any more: a late ring on a closed descriptor might write into somebody's socket.
    ~WakeFd()
    {
        _ = Libc.Close(Fd);
    }
}
