using Microsoft.Win32.SafeHandles;

namespace Warren.Store;

/// <summary>An open file, by the base class library's RandomAccess.</summary>
internal sealed class PortableDiskFile(SafeFileHandle handle, string path) : IDiskFile
{
    private const int WindowsDiskFull = 112;

    private const int WindowsHandleDiskFull = 39;

    public long Length => RandomAccess.GetLength(handle);

    public void Write(long offset, ReadOnlySpan<byte> octets)
    {
        try
        {
            RandomAccess.Write(handle, octets, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure("write", path, e);
        }
    }

    public int Read(long offset, Span<byte> octets)
    {
        try
        {
            var done = 0;
            while (done < octets.Length)
            {
                var read = RandomAccess.Read(handle, octets[done..], offset + done);
                if (read == 0)
                    break;
                done += read;
            }
            return done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure("read", path, e);
        }
    }

    public void Sync() => Call("flush", path, () => RandomAccess.FlushToDisk(handle));

    public void Truncate(long length) => Call("truncate", path, () => RandomAccess.SetLength(handle, length));

    public void Preallocate(long length) => Truncate(Math.Max(length, Length));

    public void Dispose() => handle.Dispose();

    internal static void Call(string operation, string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(operation, path, e);
        }
    }

    private static DiskException Failure(string operation, string path, Exception e)
    {
        var code = e.HResult & 0xFFFF;
        var errno = code is WindowsDiskFull or WindowsHandleDiskFull ? DiskException.NoSpace
            : e is UnauthorizedAccessException ? Libc.EACCES
            : code;
        return new DiskException(operation, path, errno, e.Message);
    }
}
