using System.Diagnostics;

namespace Warren.Chaos;

/// <summary>A server in a process of its own, so that it can be killed.</summary>
internal sealed class ServerProcess(string broker, string ledger, string mode) : IAsyncDisposable
{
    private Process _process = Start(broker, ledger, mode);

    /// <summary>Kills it with what it is doing, and starts another.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process = Start(broker, ledger, mode);
    }

    /// <summary>Stops it in order, and starts another.</summary>
    public async Task RestartAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process = Start(broker, ledger, mode);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    /// <summary>The process's own main: serves until its standard input ends, so it never outlives who started it.</summary>
    public static async Task RunAsync(string broker, string file)
    {
        using var ledger = new Ledger(file);
        var ended = Task.Run(Console.In.ReadToEnd); // Console.In reads on the calling thread, whatever its methods are called.
        while (!ended.IsCompleted)
        {
            try
            {
                await using var bus = await Bus.ConnectAsync(broker);
                await using var server = await bus.ServeAsync<ILedger>(ledger, new ServeOptions { Replies = ledger.Replies, Prefetch = 32, ShowExceptions = true });
                await ended;
            }
            catch (Client.AmqpException)
            {
                await Task.Delay(200); // The broker is down at this moment.
            }
        }
    }

    private static Process Start(string broker, string ledger, string mode) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["server", broker, ledger, mode]) { RedirectStandardInput = true })!;
}
