namespace Warren.Store;

/// <summary>A journal that cannot be opened, or cannot go on. The message names the folder and says what to do.</summary>
public class JournalException : Exception
{
    /// <summary>With the words for the operator.</summary>
    public JournalException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>Another process has the folder.</summary>
public sealed class FolderInUseException(string folder)
    : JournalException($"The folder '{folder}' is in use by another process. Stop that process, or give this one another folder.");

/// <summary>There is a file where the folder should be.</summary>
public sealed class NotAFolderException(string folder)
    : JournalException($"'{folder}' is a file, not a folder. Name a folder, or one that does not exist yet.");

/// <summary>The folder cannot be written to.</summary>
public sealed class FolderReadOnlyException(string folder, Exception? inner = null)
    : JournalException($"The folder '{folder}' cannot be written to: {inner?.Message ?? "it is read-only"}. Give this user the right to write there, or name another folder.", inner);

/// <summary>The folder was written by a newer version of the journal, which this one does not know.</summary>
public sealed class NewerVersionException(string folder, uint version) : JournalException(
    $"The folder '{folder}' has a journal of format {version}; this program knows formats up to {SegmentHeader.Version}. Start a newer version of the program. Nothing was changed.")
{
    /// <summary>The format found.</summary>
    public uint Version { get; } = version;
}
