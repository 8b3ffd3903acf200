namespace Warren.Cli.Running;

/// <summary>A file of definitions on the disk. It has hashes of passwords in it: only its owner may read it.</summary>
internal static class DefinitionsFile
{
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ExitCode.Usage, $"Cannot read {path}: {e.Message}");
        }
    }

    /// <summary>Fails when the file could not be written later.</summary>
    public static void CheckFolder(string path)
    {
        if (!Directory.Exists(FolderOf(path)))
            throw new ToolException(ExitCode.Usage, $"Cannot write {path}: its folder is not there.");
    }

    /// <summary>Writes the whole file or nothing: what stood there stays until the new text is on the disk.</summary>
    public static void Write(string path, string text)
    {
        var draft = Path.Combine(FolderOf(path), $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(draft, options))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw new ToolException(ExitCode.Usage, $"Cannot write {path}: {e.Message}");
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
}
