using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>A simulated disk that refuses in ways of its own: writes without room though room was taken ahead, no descriptors, failures nobody thought of.</summary>
internal sealed class StubbornDisk(SimDisk disk) : IDisk
{
    /// <summary>Every write finds no room, also where room was taken: a file system that copies on write.</summary>
    public bool HasNoRoomToWrite { get; set; }

    /// <summary>The process has no descriptor left: nothing can be opened, and no folder listed.</summary>
    public bool HasNoDescriptors { get; set; }

    /// <summary>What a write throws that is no failure of the disk; null for nothing.</summary>
    public Exception? Unexpected { get; set; }

    /// <summary>Files that are open.</summary>
    public int OpenFiles { get; private set; }

    public string Folder => disk.Folder;

    public long FreeOctets => disk.FreeOctets;

    public IReadOnlyList<string> List()
    {
        TakeDescriptor(".");
        return disk.List();
    }

    public IDiskFile Create(string name)
    {
        TakeDescriptor(name);
        return new StubbornFile(this, disk.Create(name));
    }

    public IDiskFile Open(string name)
    {
        TakeDescriptor(name);
        return new StubbornFile(this, disk.Open(name));
    }

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Unlink(string name) => disk.Unlink(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public IDisposable Lock(string name) => disk.Lock(name);

    private void TakeDescriptor(string name)
    {
        if (HasNoDescriptors)
            throw new DiskException("open", name, 24, "Too many open files");
    }

    private sealed class StubbornFile : IDiskFile
    {
        private readonly StubbornDisk _disk;
        private readonly IDiskFile _file;

        public StubbornFile(StubbornDisk disk, IDiskFile file)
        {
            (_disk, _file) = (disk, file);
            _disk.OpenFiles++;
        }

        public long Length => _file.Length;

        public void Write(long offset, ReadOnlySpan<byte> octets)
        {
            if (_disk.HasNoRoomToWrite)
                throw new DiskException("pwrite", "a file", DiskException.NoSpace, "No space left on device");
            if (_disk.Unexpected is not null)
                throw _disk.Unexpected;
            _file.Write(offset, octets);
        }

        public int Read(long offset, Span<byte> octets) => _file.Read(offset, octets);

        public void Sync() => _file.Sync();

        public void Truncate(long length) => _file.Truncate(length);

        public void Preallocate(long length) => _file.Preallocate(length);

        public void Dispose()
        {
            _file.Dispose();
            _disk.OpenFiles--;
        }
    }
}
