namespace Warren.Bench.Durable;

/// <summary>A folder for brokers' data on a real disk, deleted at the end.</summary>
internal sealed class WorkFolder : IDisposable
{
    private WorkFolder(string path, string fileSystem) => (Path, FileSystem) = (path, fileSystem);

    public string Path { get; }

    /// <summary>Kind of file system and device, for the report.</summary>
    public string FileSystem { get; }

    /// <summary>Makes a new folder in this one.</summary>
    /// <exception cref="ArgumentException">It is in memory: there is nothing to measure.</exception>
    public static WorkFolder In(string parent)
    {
        var (device, fileSystem) = MountOf(System.IO.Path.GetFullPath(parent));
        if (fileSystem is "tmpfs" or "ramfs") throw new ArgumentException($"'{parent}' is in memory ({fileSystem}). Name a folder on a disk with --folder.");
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"warren-bench-{Environment.ProcessId}");
        return new WorkFolder(Directory.CreateDirectory(path).FullName, $"{fileSystem} on {device}");
    }

    /// <summary>A folder in it, new and empty.</summary>
    public string New(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static (string Device, string FileSystem) MountOf(string path) => File.ReadLines("/proc/mounts")
        .Select(line => line.Split(' '))
        .Where(mount => path == mount[1] || path.StartsWith(mount[1].TrimEnd('/') + "/", StringComparison.Ordinal))
        .MaxBy(mount => mount[1].Length) is { } found ? (found[0], found[2]) : ("?", "?");
}
