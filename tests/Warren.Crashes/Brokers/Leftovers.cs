using System.Collections.Concurrent;
using System.Diagnostics;

namespace Warren.Crashes.Brokers;

/// <summary>What must not outlive this process, however it ends: brokers, mounts, folders.</summary>
internal static class Leftovers
{
    private static readonly ConcurrentDictionary<int, bool> s_processes = new();
    private static readonly ConcurrentDictionary<string, bool> s_mounts = new();
    private static readonly ConcurrentDictionary<string, bool> s_folders = new();

    /// <summary>From now on an end of this process ends those too.</summary>
    public static void Watch() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => Clear();

    public static void AddProcess(int id) => s_processes[id] = true;

    public static void RemoveProcess(int id) => s_processes.TryRemove(id, out _);

    public static void AddMount(string folder) => s_mounts[folder] = true;

    public static void RemoveMount(string folder) => s_mounts.TryRemove(folder, out _);

    /// <summary>A new folder under the temp folder.</summary>
    public static string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("warren-crashes-").FullName;
        s_folders[folder] = true;
        return folder;
    }

    public static void Delete(string folder)
    {
        Directory.Delete(folder, recursive: true);
        s_folders.TryRemove(folder, out _);
    }

    private static void Clear()
    {
        foreach (var process in s_processes.Keys)
            Signals.Send(process, Signals.Kill);
        foreach (var mount in s_mounts.Keys)
            Process.Start("umount", ["--lazy", mount]).WaitForExit();
        foreach (var folder in s_folders.Keys.Where(Directory.Exists))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException e)
            {
                Console.Error.WriteLine($"{folder} is left: {e.Message}");
            }
        }
    }
}
