using System.Diagnostics;

namespace Warren.Crashes.Brokers;

/// <summary>A program of the system that does something and ends.</summary>
internal static class Tool
{
    /// <summary>Runs it; what it wrote.</summary>
    /// <exception cref="IOException">It failed; with its own words.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? text.Trim() : throw new IOException($"{program} {string.Join(' ', arguments)}: {(await errors).Trim()}");
    }
}
