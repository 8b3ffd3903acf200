using Warren.Store;

namespace Warren.Broker;

/// <summary>
/// A folder that is only looked at: what a journal would change there to begin with is changed in memory, and the files stay as they are.
/// </summary>
internal sealed class UntouchedDisk(string folder) : IDisk
{
    private const int NoSuchFile = 2;
    private const int FileExists = 17;

    private readonly Dictionary<string, UntouchedFile?> _changed = []; // By name; null for a file that is there no more.

    public string Folder { get; } = Path.GetFullPath(folder);

    public long FreeOctets => long.MaxValue;

    public IReadOnlyList<string> List()
    {
        try
        {
            var names = Directory.EnumerateFiles(Folder).Select(static path => Path.GetFileName(path)).ToHashSet();
            names.UnionWith(_changed.Keys);
            names.RemoveWhere(name => _changed.TryGetValue(name, out var file) && file is null);
            return [.. names];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DiskException("list", Folder, DiskException.InputOutputError, e.Message);
        }
    }

    public IDiskFile Create(string name)
    {
        if (List().Contains(name))
            throw new DiskException("open", Path.Combine(Folder, name), FileExists, "File exists");
        return (_changed[name] = new UntouchedFile(Path.Combine(Folder, name), handle: null))!;
    }

    public IDiskFile Open(string name)
    {
        var path = Path.Combine(Folder, name);
        if (_changed.TryGetValue(name, out var changed))
            return changed ?? throw new DiskException("open", path, NoSuchFile, "No such file or directory");
        try
        {
            return (_changed[name] = new UntouchedFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)))!;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DiskException("open", path, e is FileNotFoundException ? NoSuchFile : DiskException.InputOutputError, e.Message);
        }
    }

    public void Rename(string from, string to) => (_changed[to], _changed[from]) = ((UntouchedFile)Open(from), null);

    public void Unlink(string name) => _changed[name] = null;

    public void SyncDirectory()
    {
        // Nothing was changed that could be lost.
    }

    // A shared lock: it fails while a broker has the folder, keeps brokers out until it ends, and needs no right to write.
    public IDisposable Lock(string name)
    {
        var path = Path.Combine(Folder, name);
        try
        {
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read) : new MemoryStream();
        }
        catch (IOException)
        {
            throw new FolderInUseException(Folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DiskException("open", path, DiskException.InputOutputError, e.Message);
        }
    }
}
