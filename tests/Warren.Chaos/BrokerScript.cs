using System.Diagnostics;
using System.Globalization;

namespace Warren.Chaos;

/// <summary>A script of tests/rabbitmq that runs brokers as long as its input is open, and obeys what is written there.</summary>
internal sealed class BrokerScript : IAsyncDisposable
{
    private readonly Process _process;

    private BrokerScript(Process process, string ready)
    {
        _process = process;
        Ready = ready;
    }

    /// <summary>What it said when it was ready.</summary>
    public string Ready { get; }

    public static async Task<BrokerScript> StartAsync(string name, params string[] arguments)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "rabbitmq", name);
        var process = Process.Start(new ProcessStartInfo("bash", [path, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync();
        if (line is null || !line.StartsWith("ready ", StringComparison.Ordinal))
            throw new InvalidOperationException($"{name} did not start; its own words stand above.");
        return new BrokerScript(process, line["ready ".Length..]);
    }

    /// <summary>Returns when the command is done.</summary>
    public async Task TellAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        if (await _process.StandardOutput.ReadLineAsync() != "done")
            throw new InvalidOperationException($"RabbitMQ did not {command}; its own words stand above.");
    }

    /// <summary>A memory alarm for so long.</summary>
    public Task AlarmAsync(TimeSpan time) => TellAsync(string.Create(CultureInfo.InvariantCulture, $"alarm {(int)time.TotalMilliseconds}"));

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
