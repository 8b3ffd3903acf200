using Warren.Store;

namespace Warren.Simulation;

/// <summary>A disk seam that passes everything on; a canary is a disk that does one thing wrong.</summary>
internal class CanaryDisk(SimDisk disk) : IDisk
{
    protected SimDisk Inner => disk;

    public string Folder => disk.Folder;

    public long FreeOctets => disk.FreeOctets;

    public virtual IReadOnlyList<string> List() => disk.List();

    public virtual IDiskFile Create(string name) => new CanaryFile(this, disk.Create(name));

    public virtual IDiskFile Open(string name) => new CanaryFile(this, disk.Open(name));

    public virtual void Rename(string from, string to) => disk.Rename(from, to);

    public virtual void Unlink(string name) => disk.Unlink(name);

    public virtual void SyncDirectory() => disk.SyncDirectory();

    public IDisposable Lock(string name) => disk.Lock(name);

    public virtual void Sync(IDiskFile file) => file.Sync();

    public virtual void Write(IDiskFile file, long offset, ReadOnlySpan<byte> octets) => file.Write(offset, octets);

    public virtual void Truncate(IDiskFile file, long length) => file.Truncate(length);

    private sealed class CanaryFile(CanaryDisk disk, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public void Write(long offset, ReadOnlySpan<byte> octets) => disk.Write(file, offset, octets);

        public int Read(long offset, Span<byte> octets) => file.Read(offset, octets);

        public void Sync() => disk.Sync(file);

        public void Truncate(long length) => disk.Truncate(file, length);

        public void Preallocate(long length) => file.Preallocate(length);

        public void Dispose() => file.Dispose();
    }
}
