using System.Diagnostics;

namespace Warren.Bench.Scale;

/// <summary>How much memory a broker's process has in use. Linux only.</summary>
internal sealed class ResidentSet
{
    private readonly Process _process;

    // The broker was started through a shell; the process that listens on its port is the one to ask.
    public ResidentSet(int port) => _process = Process.GetProcesses().First(candidate =>
        CommandLine(candidate.Id).Contains($"--port\0{port}\0", StringComparison.Ordinal) && candidate.ProcessName != "sh");

    /// <summary>In octets, now.</summary>
    public long Octets
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            return ""; // It has ended meanwhile.
        }
    }
}
