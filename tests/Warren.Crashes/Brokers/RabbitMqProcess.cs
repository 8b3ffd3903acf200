using System.Diagnostics;
using System.Globalization;

namespace Warren.Crashes.Brokers;

/// <summary>Debian's RabbitMQ on a data folder, by tests/rabbitmq/rabbitmq.sh.</summary>
internal sealed class RabbitMqProcess : IBroker
{
    private readonly Process _script;

    private RabbitMqProcess(Process script, int node, Uri uri)
    {
        _script = script;
        ProcessId = node;
        Uri = uri;
    }

    public Uri Uri { get; }

    public int ProcessId { get; }

    /// <param name="folder">Its data.</param>
    /// <param name="quorumQueue">Waits until this queue has a leader, if there is such a queue: until then nothing that has to do with it is answered. Null for none.</param>
    public static async Task<RabbitMqProcess> StartAsync(string folder, string? quorumQueue)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "rabbitmq", "rabbitmq.sh");
        var script = Process.Start(new ProcessStartInfo("bash", [path, "--data", folder, "obey"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Leftovers.AddProcess(script.Id, Signals.Terminate); // It puts its node and its epmd away.
        var line = await script.StandardOutput.ReadLineAsync();
        if (line is null || !line.StartsWith("ready ", StringComparison.Ordinal))
            throw new InvalidOperationException("rabbitmq.sh did not start; its own words stand above.");
        var node = Process.GetProcessesByName("beam.smp").Single(process => Names(process.Id, folder)).Id;
        Leftovers.AddProcess(node);
        if (quorumQueue is not null)
        {
            await script.StandardInput.WriteLineAsync($"lead {quorumQueue}");
            await script.StandardInput.FlushAsync();
            if (await script.StandardOutput.ReadLineAsync() != "done")
                throw new InvalidOperationException("The quorum queue has no leader; rabbitmq.sh's own words stand above.");
        }
        return new RabbitMqProcess(script, node, new Uri(line["ready ".Length..]));
    }

    public async Task KillAsync()
    {
        Signals.Send(ProcessId, Signals.Kill);
        _script.StandardInput.Close(); // The script then puts its own things away.
        await _script.WaitForExitAsync();
        Leftovers.RemoveProcess(ProcessId);
        Leftovers.RemoveProcess(_script.Id);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_script.HasExited)
            await KillAsync();
        _script.Dispose();
    }

    private static bool Names(int process, string folder)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/cmdline")).Contains(folder, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has just ended.
        }
    }
}
