namespace Warren.Store;

/// <summary>The disk of the system that this process runs on.</summary>
public static class SystemDisk
{
    /// <summary>Opens a folder, and makes it when it does not exist: <see cref="LinuxDisk"/> on Linux, else <see cref="PortableDisk"/>, which promises less.</summary>
    /// <exception cref="NotAFolderException">There is a file of that name.</exception>
    /// <exception cref="FolderReadOnlyException">The folder cannot be made.</exception>
    public static IDisk Open(string folder) => OperatingSystem.IsLinux() ? new LinuxDisk(folder) : new PortableDisk(folder);
}
