using System.Runtime.InteropServices;

namespace Warren.Store;

/// <summary>The reason of the system call that failed last on this thread, as an exception.</summary>
internal static class SystemCall
{
    /// <summary>True when the call was only interrupted by a signal and is to be made again.</summary>
    public static bool WasInterrupted => Marshal.GetLastPInvokeError() == Libc.EINTR;

    public static DiskException Failure(string operation, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new DiskException(operation, path, errno, Marshal.GetPInvokeErrorMessage(errno));
    }

    /// <summary>Opens a file or folder. EINTR: open of a slow file system may be interrupted.</summary>
    public static int Open(string path, int flags)
    {
        while (true)
        {
            var fd = Libc.Open(path, flags | Libc.CloseOnExec, mode: 0x1A0); // 0640: the owner's, readable by its group.
            if (fd >= 0)
                return fd;
            if (!WasInterrupted)
                throw Failure("open", path);
        }
    }

    public static void Check(int result, string operation, string path)
    {
        if (result < 0)
            throw Failure(operation, path);
    }
}
