using System.Diagnostics;

namespace Warren.Bench.Scale;

/// <summary>The process of a broker: how much memory it has in use, and its sudden end. Linux only.</summary>
internal sealed class BrokerProcess
{
    private readonly Process _process;

    // The broker was started through a shell; the process that listens on its port is the one to ask.
    public BrokerProcess(int port) => _process = Process.GetProcesses().First(candidate =>
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

    /// <summary>The most that it ever had.</summary>
    public long PeakOctets
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Ends the broker as kill -9 does, and waits for its end.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
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
