namespace Warren.Store;

/// <summary>
/// A folder on systems other than Linux, by the base class library. A weaker promise: the library's flush does not tell on every system whether it
/// succeeded, and the folder itself cannot be flushed, so a file's name may be lost in a power cut although its octets are on disk. A process that ends,
/// however it ends, loses nothing; a power cut may.
/// </summary>
public sealed class PortableDisk : IDisk
{
    /// <summary>Opens the folder, and makes it when it does not exist.</summary>
    /// <exception cref="NotAFolderException">There is a file of that name.</exception>
    /// <exception cref="FolderReadOnlyException">The folder cannot be made.</exception>
    public PortableDisk(string folder)
    {
        Folder = Path.GetFullPath(folder);
        JournalFolder.Make(Folder, static _ => { });
    }

    /// <inheritdoc/>
    public string Folder { get; }

    /// <inheritdoc/>
    public long FreeOctets => JournalFolder.FreeOctets(Folder);

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => JournalFolder.List(Folder);

    /// <inheritdoc/>
    public IDiskFile Create(string name) => OpenFile(name, FileMode.CreateNew);

    /// <inheritdoc/>
    public IDiskFile Open(string name) => OpenFile(name, FileMode.Open);

    /// <inheritdoc/>
    public void Rename(string from, string to) =>
        PortableDiskFile.Call("rename", PathOf(from), () => File.Move(PathOf(from), PathOf(to), overwrite: true));

    /// <inheritdoc/>
    public void Unlink(string name) => PortableDiskFile.Call("unlink", PathOf(name), () => File.Delete(PathOf(name)));

    /// <summary>Does nothing: the library cannot flush a folder.</summary>
    public void SyncDirectory()
    {
    }

    /// <inheritdoc/>
    public IDisposable Lock(string name)
    {
        try
        {
            return File.OpenHandle(PathOf(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new FolderInUseException(Folder);
        }
    }

    private PortableDiskFile OpenFile(string name, FileMode mode)
    {
        PortableDiskFile? file = null;
        PortableDiskFile.Call("open", PathOf(name), () =>
            file = new PortableDiskFile(File.OpenHandle(PathOf(name), mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), PathOf(name)));
        return file!;
    }

    private string PathOf(string name) => Path.Combine(Folder, name);
}
