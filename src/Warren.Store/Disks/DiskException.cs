namespace Warren.Store;

/// <summary>A disk operation that failed: which, on what, and the system's reason.</summary>
/// <param name="operation">The operation, by its system call: write, fdatasync, rename.</param>
/// <param name="path">The file or folder.</param>
/// <param name="errno">The system's number for the reason (errno of Linux).</param>
/// <param name="words">The system's words for the reason.</param>
public sealed class DiskException(string operation, string path, int errno, string words)
    : IOException($"{operation} of '{path}' failed: {words} (errno {errno})")
{
    /// <summary>EIO: the device failed.</summary>
    public const int InputOutputError = 5;

    /// <summary>ENOSPC: no room left on the device.</summary>
    public const int NoSpace = 28;

    private const int QuotaExceeded = 122;
    private const int NoDescriptorsInSystem = 23;
    private const int NoDescriptors = 24;

    /// <summary>The operation, by its system call.</summary>
    public string Operation { get; } = operation;

    /// <summary>The file or folder.</summary>
    public string Path { get; } = path;

    /// <summary>The system's number for the reason.</summary>
    public int Errno { get; } = errno;

    /// <summary>True when there is no room on the disk, or none left for this user.</summary>
    public bool IsFull => Errno is NoSpace or QuotaExceeded;

    /// <summary>True when the process, or the system, has too many files open to open another (EMFILE, ENFILE).</summary>
    public bool IsOutOfDescriptors => Errno is NoDescriptors or NoDescriptorsInSystem;

    /// <summary>True when nothing is broken and the same may succeed later.</summary>
    internal bool MayPass => IsFull || IsOutOfDescriptors;
}
