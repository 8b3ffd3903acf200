using System.Diagnostics;

namespace Warren.Crashes.Brokers;

/// <summary>strace(1) as the program above a broker, which kills it at a system call, makes calls fail, or slows them.</summary>
internal static class Strace
{
    /// <summary>The calls by which a folder changes.</summary>
    public static readonly string[] Changes = ["pwrite64", "fdatasync", "fsync", "ftruncate", "fallocate", "rename", "unlink", "mkdir"];

    private static readonly Lazy<string?> s_missing = new(Look);

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? Missing => s_missing.Value;

    /// <summary>Kills the process at the n-th such call of one of its threads, before it is made.</summary>
    public static string[] KillAt(string call, int n) => [.. Begin([call], "/dev/null"), "-e", $"inject={call}:signal=SIGKILL:when={n}"];

    /// <summary>Writes the calls down.</summary>
    public static string[] Record(IReadOnlyList<string> calls, string file) => Begin(calls, file);

    /// <summary>What strace calls an injection, for some calls.</summary>
    public static string[] Inject(IReadOnlyList<string> calls, string injection) => [.. Begin(calls, "/dev/null"), "-e", $"inject={string.Join(',', calls)}:{injection}"];

    // Not with --seccomp-bpf, which would be faster: strace 6.1 then injects no signals.
    private static string[] Begin(IReadOnlyList<string> calls, string file) => ["strace", "-f", "-qq", "-o", file, "-e", $"trace={string.Join(',', calls)}"];

    private static string? Look()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", [.. Begin(["fsync"], "/dev/null")[1..], "true"]) { RedirectStandardError = true })!;
            var words = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"strace cannot trace here: {words.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "strace is not installed";
        }
    }
}
