using Microsoft.Win32.SafeHandles;

namespace Warren.Store;

/// <summary>
/// A folder on Linux, by system calls whose every result is checked. The runtime's own flush returns normally when fsync fails (EIO, ENOSPC), so that
/// nothing built on it can promise that what is confirmed is on disk.
/// </summary>
public sealed class LinuxDisk : IDisk
{
    private const int MaxInterruptions = 1000;

    private SafeFileHandle? _folder; // Opened once and kept: when descriptors run out, the folder can still be synced.

    /// <summary>Opens the folder, and makes it, durably, when it does not exist.</summary>
    /// <exception cref="NotAFolderException">There is a file of that name.</exception>
    /// <exception cref="FolderReadOnlyException">The folder cannot be made.</exception>
    public LinuxDisk(string folder)
    {
        Folder = Path.GetFullPath(folder);
        JournalFolder.Make(Folder, SyncFolder);
    }

    /// <inheritdoc/>
    public string Folder { get; }

    /// <inheritdoc/>
    public long FreeOctets => JournalFolder.FreeOctets(Folder);

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => JournalFolder.List(Folder);

    /// <inheritdoc/>
    public IDiskFile Create(string name) => OpenFile(name, Libc.ReadWrite | Libc.Create | Libc.Exclusive);

    /// <inheritdoc/>
    public IDiskFile Open(string name) => OpenFile(name, Libc.ReadWrite);

    /// <inheritdoc/>
    public void Rename(string from, string to) => SystemCall.Check(Libc.Rename(PathOf(from), PathOf(to)), "rename", PathOf(from));

    /// <inheritdoc/>
    public void Unlink(string name) => SystemCall.Check(Libc.Unlink(PathOf(name)), "unlink", PathOf(name));

    /// <inheritdoc/>
    public void SyncDirectory()
    {
        _folder ??= new SafeFileHandle(SystemCall.Open(Folder, Libc.ReadOnly), ownsHandle: true);
        Sync((int)_folder.DangerousGetHandle(), Folder); // Never closed while this disk is in use.
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public IDisposable Lock(string name)
    {
        var path = PathOf(name);
        var fd = SystemCall.Open(path, Libc.ReadWrite | Libc.Create);
        for (var tries = 0; Libc.Lock(fd, Libc.LockExclusive | Libc.LockNonBlocking) < 0; tries++)
        {
            if (SystemCall.WasInterrupted && tries < MaxInterruptions)
                continue;
            var failure = SystemCall.Failure("flock", path);
            _ = Libc.Close(fd);
            throw failure.Errno == Libc.EWOULDBLOCK ? new FolderInUseException(Folder) : failure;
        }
        return new LinuxDiskFile(fd, path); // Closing it releases the lock, and so does the end of the process.
    }

    private LinuxDiskFile OpenFile(string name, int flags) => new(SystemCall.Open(PathOf(name), flags), PathOf(name));

    private static void SyncFolder(string folder)
    {
        var fd = SystemCall.Open(folder, Libc.ReadOnly);
        try
        {
            Sync(fd, folder);
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    // Not again after EINTR or anything else: what an fsync failed to write is forgotten.
    private static void Sync(int fd, string folder) => SystemCall.Check(Libc.Sync(fd), "fsync", folder);

    private string PathOf(string name) => Path.Combine(Folder, name);
}
