using Warren.Store;

namespace Warren.Simulation;

/// <summary>An open file of a simulated disk.</summary>
internal sealed class SimFile(SimDisk disk, string name, SimInode inode, int life) : IDiskFile
{
    private const int NoSpace = DiskException.NoSpace;

    public long Length
    {
        get
        {
            disk.Live(life);
            return inode.Seen.Length;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> octets)
    {
        disk.Operate(life);
        var faults = disk.Faults;
        if (faults.LostWrites > 0)
        {
            faults.LostWrites--;
            return;
        }
        if (faults.MisdirectedWrites > 0)
        {
            faults.MisdirectedWrites--;
            offset += faults.MisdirectedBy;
        }
        var room = disk.FreeOctets + Math.Max(0, inode.Seen.Length - offset);
        var fits = (int)Math.Min(octets.Length, room);
        if (faults.FailingWrites > 0)
        {
            faults.FailingWrites--;
            inode.Do(SimOperation.Write(offset, octets[..(fits / 2)].ToArray()));
            throw SimDisk.Failure("pwrite", name, DiskException.InputOutputError, "as told");
        }
        inode.Do(SimOperation.Write(offset, octets[..fits].ToArray()));
        if (fits < octets.Length)
            throw SimDisk.Failure("pwrite", name, NoSpace, "No space left on device");
    }

    public int Read(long offset, Span<byte> octets)
    {
        disk.Live(life);
        var count = (int)Math.Clamp(inode.Seen.Length - offset, 0, octets.Length);
        if (inode.Unreadable.Exists(range => offset < range.To && range.From < offset + count))
            throw SimDisk.Failure("pread", name, DiskException.InputOutputError, "as told");
        inode.Seen.Span.Slice((int)Math.Min(offset, inode.Seen.Length), count).CopyTo(octets);
        return count;
    }

    public void Sync()
    {
        disk.Operate(life);
        disk.CountSync();
        var faults = disk.Faults;
        if (faults.SyncsLie)
            return;
        if (faults.FailingSyncs > 0)
        {
            faults.FailingSyncs--;
            inode.DropDirtyPages();
            throw SimDisk.Failure("fdatasync", name, faults.SyncErrno, "as told");
        }
        inode.Sync();
    }

    public void Truncate(long length)
    {
        disk.Operate(life);
        Resize("ftruncate", length);
    }

    public void Preallocate(long length)
    {
        disk.Operate(life);
        if (length > inode.Seen.Length)
            Resize("fallocate", length);
    }

    public void Dispose()
    {
    }

    private void Resize(string operation, long length)
    {
        if (length - inode.Seen.Length > disk.FreeOctets)
            throw SimDisk.Failure(operation, name, NoSpace, "No space left on device");
        inode.Do(SimOperation.Resize(length));
    }
}
