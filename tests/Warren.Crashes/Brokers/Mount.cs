namespace Warren.Crashes.Brokers;

/// <summary>A file system on a folder of its own, for as long as this lives.</summary>
internal sealed class Mount : IAsyncDisposable
{
    private Mount(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Makes an empty ext4 in a file.</summary>
    public static async Task MakeAsync(string image, long octets)
    {
        await using (var file = File.Create(image))
            file.SetLength(octets);
        await Tool.RunAsync("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
    }

    /// <summary>Mounts an image by a loop device; what its own journal holds is replayed.</summary>
    public static Task<Mount> ImageAsync(string image) => MountAsync("-o", "loop", image);

    /// <summary>A file system in memory that is full soon.</summary>
    public static Task<Mount> SmallAsync(long octets) => MountAsync("-t", "tmpfs", "-o", $"size={octets}", "tmpfs");

    public async ValueTask DisposeAsync()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await Tool.RunAsync("umount", Folder);
                break;
            }
            catch (IOException) when (tries < 50)
            {
                await Task.Delay(20); // A process that was killed may not be quite gone.
            }
        }
        Leftovers.RemoveMount(Folder);
        Leftovers.Delete(Folder);
    }

    private static async Task<Mount> MountAsync(params string[] arguments)
    {
        var folder = Leftovers.NewFolder();
        await Tool.RunAsync("mount", [.. arguments, folder]);
        Leftovers.AddMount(folder);
        return new Mount(folder);
    }
}
