namespace Warren.Store;

/// <summary>
/// One folder of a disk, as the journal sees it: a few operations, each of which either succeeds or throws a <see cref="DiskException"/>.
/// A seam: the system's disk, and in tests one that loses, tears and invents octets.
/// </summary>
/// <remarks>Names are file names without a path. What the directory operations did is durable only after <see cref="SyncDirectory"/>.</remarks>
public interface IDisk
{
    /// <summary>The folder's path, for messages.</summary>
    string Folder { get; }

    /// <summary>Octets that can still be written to this disk.</summary>
    /// <exception cref="DiskException">The system does not tell.</exception>
    long FreeOctets { get; }

    /// <summary>The names of the files in the folder, in no order.</summary>
    /// <exception cref="DiskException">The folder cannot be read.</exception>
    IReadOnlyList<string> List();

    /// <summary>Makes a new, empty file.</summary>
    /// <exception cref="DiskException">A file of that name exists, or the disk refuses.</exception>
    IDiskFile Create(string name);

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    /// <exception cref="DiskException">There is no such file, or the disk refuses.</exception>
    IDiskFile Open(string name);

    /// <summary>Gives a file another name. A file that has that name is replaced.</summary>
    /// <exception cref="DiskException">The disk refuses.</exception>
    void Rename(string from, string to);

    /// <summary>Removes a file's name; its octets stay readable by whoever has it open.</summary>
    /// <exception cref="DiskException">The disk refuses.</exception>
    void Unlink(string name);

    /// <summary>Returns when all directory operations so far are on disk (fsync of the folder).</summary>
    /// <exception cref="DiskException">They are not.</exception>
    void SyncDirectory();

    /// <summary>Takes the folder for this process, until the result is disposed of. The lock ends with the process, however that ends.</summary>
    /// <exception cref="FolderInUseException">Another process has it.</exception>
    /// <exception cref="DiskException">The disk refuses.</exception>
    IDisposable Lock(string name);
}
