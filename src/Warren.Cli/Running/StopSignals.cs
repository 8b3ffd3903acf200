using System.Runtime.InteropServices;

namespace Warren.Cli.Running;

/// <summary>Ctrl+C and SIGTERM ask for an orderly end; the second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _exitCode = Cli.ExitCode.Interrupted; // Set by the first signal.

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, Cli.ExitCode.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, Cli.ExitCode.Terminated));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stopping.Token;

    /// <summary>For a verb that was not done: which signal it was.</summary>
    public int ExitCode => _exitCode;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stopping.Dispose();
    }

    private void Stop(PosixSignalContext signal, int exitCode)
    {
        if (_stopping.IsCancellationRequested)
            Environment.Exit(exitCode);
        signal.Cancel = true;
        _exitCode = exitCode;
        _stopping.Cancel();
    }
}
