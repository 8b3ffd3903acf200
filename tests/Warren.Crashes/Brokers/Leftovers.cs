using System.Collections.Concurrent;
using System.Diagnostics;

namespace Warren.Crashes.Brokers;

/// <summary>What must not outlive this process, however it ends: brokers, mounts, folders.</summary>
internal static class Leftovers
{
    private static readonly ConcurrentDictionary<int, int> s_processes = new();
    private static readonly ConcurrentDictionary<string, bool> s_mounts = new();
    private static readonly ConcurrentDictionary<string, bool> s_folders = new();

    private static volatile bool s_isClearing;

    /// <summary>From now on an end of this process ends those too.</summary>
    public static void Watch() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => Clear();

    /// <summary>A process, and the signal that ends it with all that belongs to it.</summary>
    public static void AddProcess(int id, int signal = Signals.Kill)
    {
        s_processes[id] = signal;
        if (s_isClearing) // A stage that does not know yet that it is over.
            Signals.Send(id, signal);
    }

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
        s_isClearing = true;
        foreach (var (process, signal) in s_processes)
            Signals.Send(process, signal);
        for (var tries = 0; tries < 500 && s_processes.Keys.Any(static id => Directory.Exists($"/proc/{id}/fd")); tries++)
            Thread.Sleep(20);
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
