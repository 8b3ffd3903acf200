using System.Runtime.InteropServices;

namespace Warren.Store;

/// <summary>An open file on Linux. Short writes and interruptions are gone on with; every other result that is not success is thrown.</summary>
internal sealed unsafe class LinuxDiskFile(int fd, string path) : IDiskFile
{
    private const int SeekEnd = 2;

    private int _fd = fd;

    public long Length
    {
        get
        {
            var length = Libc.Seek(_fd, 0, SeekEnd);
            return length >= 0 ? length : throw SystemCall.Failure("lseek", path);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> octets)
    {
        fixed (byte* first = octets)
        {
            var done = 0;
            while (done < octets.Length)
            {
                var written = Libc.Write(_fd, first + done, (nuint)(octets.Length - done), offset + done);
                if (written > 0)
                    done += (int)written;
                else if (written == 0 || !SystemCall.WasInterrupted)
                    throw Failure("pwrite", written);
            }
        }
    }

    public int Read(long offset, Span<byte> octets)
    {
        fixed (byte* first = octets)
        {
            var done = 0;
            while (done < octets.Length)
            {
                var read = Libc.Read(_fd, first + done, (nuint)(octets.Length - done), offset + done);
                if (read == 0)
                    break; // The end of the file.
                if (read > 0)
                    done += (int)read;
                else if (!SystemCall.WasInterrupted)
                    throw Failure("pread", read);
            }
            return done;
        }
    }

    // Never called again after a failure, EINTR included: the pages that failed are marked clean, and a second call would say that all is well.
    public void Sync() => SystemCall.Check(Libc.DataSync(_fd), "fdatasync", path);

    public void Truncate(long length)
    {
        while (Libc.Truncate(_fd, length) < 0)
        {
            if (!SystemCall.WasInterrupted)
                throw SystemCall.Failure("ftruncate", path);
        }
    }

    public void Preallocate(long length)
    {
        while (Libc.Allocate(_fd, 0, 0, length) < 0)
        {
            // A file system that cannot take room ahead still works; a full disk is then noticed later, by a write.
            if (Marshal.GetLastPInvokeError() is Libc.EOPNOTSUPP or Libc.ENOSYS or Libc.EINVAL)
            {
                Truncate(Math.Max(length, Length));
                return;
            }
            if (!SystemCall.WasInterrupted)
                throw SystemCall.Failure("fallocate", path);
        }
    }

    public void Dispose()
    {
        var fd = Interlocked.Exchange(ref _fd, -1);
        if (fd >= 0)
            _ = Libc.Close(fd); // What had to be on disk was synced before; close has nothing to add.
    }

    // A write of 0 octets sets no errno; no system does that to a regular file unless there is no room.
    private DiskException Failure(string operation, nint result) =>
        result == 0 ? new DiskException(operation, path, DiskException.NoSpace, "nothing was written") : SystemCall.Failure(operation, path);
}
