using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Warren.Broker;

/// <summary>The kernel's list of sockets to watch, level-triggered.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int MaxEvents = 256;

    // struct epoll_event: uint32 events, uint64 data. Packed on x86, naturally aligned elsewhere.
    private static readonly bool s_isPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
    private static readonly int s_dataOffset = s_isPacked ? 4 : 8;
    private static readonly int s_eventSize = s_dataOffset + 8;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * s_eventSize, pinned: true);
    private readonly byte* _first;
    private readonly int _fd;

    public Epoll()
    {
        _first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_events, 0);
        _fd = Libc.EpollCreate(Libc.CloseOnExec);
        if (_fd < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public void Add(int fd, uint events) => Control(Libc.EpollAdd, fd, events);

    public void Modify(int fd, uint events) => Control(Libc.EpollModify, fd, events);

    public void Delete(int fd) => Control(Libc.EpollDelete, fd, 0);

    /// <summary>Waits for events.</summary>
    /// <returns>How many; 0 after the timeout.</returns>
    public int Wait(int timeoutMs)
    {
        var count = Libc.EpollWait(_fd, _first, MaxEvents, timeoutMs);
        if (count >= 0)
            return count;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.EINTR ? 0 : throw new Win32Exception(errno);
    }

    /// <summary>What happened to which socket; valid until the next wait.</summary>
    public (int Fd, uint Events) this[int index]
    {
        get
        {
            var one = _first + (index * s_eventSize);
            return (*(int*)(one + s_dataOffset), *(uint*)one);
        }
    }

    public void Dispose() => Libc.Close(_fd);

    private void Control(int operation, int fd, uint events)
    {
        var one = stackalloc byte[16];
        *(uint*)one = events;
        *(ulong*)(one + s_dataOffset) = (uint)fd;
        if (Libc.EpollControl(_fd, operation, fd, one) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
