using System.Runtime.InteropServices;

namespace Warren.Client;

/// <summary>
/// The right to read a socket, for two threads: one holds it, the other waits for it or is busy elsewhere. A semaphore of libc, because
/// the wake-up stands on the road of every call, and those of the runtime spin on processors that the broker and the other side need.
/// </summary>
internal sealed unsafe class Baton
{
    private const int SemaphoreOctets = 64; // sem_t has 32 on 64-bit systems.

    private void* _semaphore = NativeMemory.AllocZeroed(SemaphoreOctets);
    private int _waiting; // 1 while a thread waits; through Interlocked only.
    private volatile bool _isClosed;

    public Baton()
    {
        if (LibC.SemaphoreInit(_semaphore, 0, 0) != 0)
            throw new InvalidOperationException($"sem_init failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    ~Baton()
    {
        // Both threads are gone, or one of them would hold a reference.
        NativeMemory.Free(_semaphore);
        _semaphore = null;
    }

    /// <summary>Waits for the baton; false when nothing is left to read.</summary>
    public bool Wait()
    {
        Interlocked.Exchange(ref _waiting, 1);
        if (!_isClosed)
        {
            while (LibC.SemaphoreWait(_semaphore) != 0)
            {
                // Interrupted by a signal.
            }
        }
        GC.KeepAlive(this);
        return !_isClosed;
    }

    /// <summary>Passes the baton to the thread that waits; false when none does, and the caller keeps it.</summary>
    public bool TryPass()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 0)
            return false;
        Post();
        return true;
    }

    /// <summary>Nothing is left to read: whoever waits or will wait is told.</summary>
    public void Close()
    {
        _isClosed = true;
        Post();
    }

    private void Post()
    {
        _ = LibC.SemaphorePost(_semaphore);
        GC.KeepAlive(this);
    }
}
