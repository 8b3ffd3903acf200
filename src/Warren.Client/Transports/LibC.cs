using System.Runtime.InteropServices;

namespace Warren.Client;

/// <summary>
/// The calls of libc that the base class library has no equal for: a send that never waits on a socket whose receive does, and a
/// semaphore that does not spin.
/// </summary>
internal static partial class LibC
{
    public const int MsgDontWait = 0x40;
    public const int MsgNoSignal = 0x4000;
    public const int EIntr = 4;
    public const int EAgain = 11;

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static unsafe partial nint Receive(SafeHandle socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static unsafe partial nint Send(SafeHandle socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sem_init", SetLastError = true)]
    public static unsafe partial int SemaphoreInit(void* semaphore, int shared, uint value);

    [LibraryImport("libc", EntryPoint = "sem_wait")]
    public static unsafe partial int SemaphoreWait(void* semaphore);

    [LibraryImport("libc", EntryPoint = "sem_post")]
    public static unsafe partial int SemaphorePost(void* semaphore);
}
