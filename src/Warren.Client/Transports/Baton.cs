using System.Runtime.InteropServices;

namespace Warren.Client;

/// <summary>
/// The right to read a socket, for two threads: one holds it, the other waits for it or is busy elsewhere. A semaphore of libc, because
/// the wake-up stands on the road of every call, and those of the runtime spin on processors that the broker and the other side need.
/// </summary>
internal sealed unsafe class Baton
{
    private const int SemaphoreOctets = 64; // sem_t has 32 on 64-bit systems.

    private const int Held = 0;     // The other thread is not waiting.
    private const int Awaited = 1;  // It looks again and again.
    private const int SleptFor = 2; // It sleeps and has to be woken.
    private const int Passed = 3;   // The baton is on its way to it.

    private void* _semaphore = NativeMemory.AllocZeroed(SemaphoreOctets);
    private int _state; // One of the constants above; changed through Interlocked, or by the only thread that may.
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
    /// <param name="spin">How long to look for it before the thread sleeps.</param>
    public bool Wait(YieldingSpin spin)
    {
        // What was passed and not taken yet is taken back: the other thread goes on waiting.
        if (Interlocked.CompareExchange(ref _state, Awaited, Passed) == Passed)
            return !_isClosed;
        Interlocked.CompareExchange(ref _state, Awaited, Held);
        while (!_isClosed && !TakesSoon(ref spin))
        {
            if (Interlocked.CompareExchange(ref _state, SleptFor, Awaited) == Awaited)
                Sleep();
        }
        return !_isClosed;
    }

    /// <summary>Passes the baton to the thread that waits; false when none does, and the caller keeps it.</summary>
    public bool TryPass()
    {
        switch (Interlocked.CompareExchange(ref _state, Passed, Awaited))
        {
            case Awaited:
                return true;
            case SleptFor:
                Volatile.Write(ref _state, Passed);
                Post();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Nothing is left to read: whoever waits or will wait is told.</summary>
    public void Close()
    {
        _isClosed = true;
        Post();
    }

    private bool TakesSoon(ref YieldingSpin spin)
    {
        do
        {
            if (_isClosed || Interlocked.CompareExchange(ref _state, Held, Passed) == Passed)
                return true;
        }
        while (spin.GoesOn());
        return false;
    }

    private void Sleep()
    {
        if (!_isClosed)
        {
            while (LibC.SemaphoreWait(_semaphore) != 0)
            {
                // Interrupted by a signal.
            }
        }
        GC.KeepAlive(this);
    }

    private void Post()
    {
        _ = LibC.SemaphorePost(_semaphore);
        GC.KeepAlive(this);
    }
}
