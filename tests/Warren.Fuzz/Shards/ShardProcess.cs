using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Warren.Fuzz;

/// <summary>A shard, seen from the process that started it.</summary>
internal sealed class ShardProcess : IDisposable
{
    private const long MostHeapOctets = 1L << 30;
    private const int MostSaid = 16 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly ShardState _state;
    private readonly StringBuilder _said = new();
    private readonly Stopwatch _sinceLastRun = Stopwatch.StartNew();
    private long _runs = -1;
    private bool _hangs;

    public ShardProcess(string program, string target, ShardOptions options)
    {
        _state = new ShardState(options.State);
        var start = new ProcessStartInfo(Host(), ["exec", program, .. options.ToArguments(target)]) { RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment["DOTNET_GCHeapHardLimit"] = $"{MostHeapOctets:X}"; // Memory without end is a finding, not the end of the machine.
        start.Environment["DOTNET_gcServer"] = "0";
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginErrorReadLine();
    }

    public ShardNumbers Numbers => _state.Numbers;

    /// <summary>False when it has ended; a shard whose input does not end is ended here.</summary>
    public bool IsAtWork
    {
        get
        {
            if (_process.HasExited)
                return false;
            if (_state.Numbers.Runs != _runs)
            {
                _runs = _state.Numbers.Runs;
                _sinceLastRun.Restart();
            }
            if (_sinceLastRun.Elapsed < s_patience)
                return true;
            _hangs = true;
            _process.Kill();
            return false;
        }
    }

    /// <summary>What it found, after it has ended; null for nothing.</summary>
    public (byte[] Input, string What)? Finding()
    {
        _process.WaitForExit();
        if (_process.ExitCode == 0)
            return null;
        lock (_said)
            return (_state.Input, _hangs ? "it does not end" : $"exit code {_process.ExitCode}\n{_said}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _state.Dispose();
    }

    /// <summary>The program dotnet that runs this process.</summary>
    public static string Host() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    // The first lines say what happened; a stack that overflows goes on for long.
    private void Hear(string? line)
    {
        lock (_said)
        {
            if (line is not null && _said.Length < MostSaid)
                _said.AppendLine(line);
        }
    }
}
