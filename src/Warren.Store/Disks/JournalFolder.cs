namespace Warren.Store;

/// <summary>What both disks do with the folder itself.</summary>
internal static class JournalFolder
{
    private const int NoSuchFile = 2;

    /// <summary>Makes the folder and what is missing above it; <paramref name="sync"/> is called for each folder that got an entry.</summary>
    public static void Make(string folder, Action<string> sync)
    {
        if (File.Exists(folder))
            throw new NotAFolderException(folder);
        if (Directory.Exists(folder))
            return;
        try
        {
            var above = Path.GetDirectoryName(folder);
            if (above is not null)
                Make(above, sync);
            Directory.CreateDirectory(folder);
            if (above is not null)
                sync(above);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new FolderReadOnlyException(folder, e);
        }
    }

    public static IReadOnlyList<string> List(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).ToList();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DiskException("list", folder, ErrnoOf(e), e.Message);
        }
    }

    // Of an exception that has no type of its own, .NET on Unix gives the system's number as HResult.
    private static int ErrnoOf(Exception e) => e switch
    {
        DirectoryNotFoundException => NoSuchFile,
        UnauthorizedAccessException => Libc.EACCES,
        { HResult: > 0 and < 0x1000 } => e.HResult,
        _ => DiskException.InputOutputError,
    };

    public static long FreeOctets(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DiskException("statfs", folder, DiskException.InputOutputError, e.Message);
        }
    }
}
