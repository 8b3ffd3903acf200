using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Warren.Chaos;

/// <summary>A RabbitMQ of our own on a port and a data folder that stay the same when it is killed and started again.</summary>
internal sealed class RabbitMqUnderTest : IBrokerUnderTest
{
    private readonly string _data;
    private readonly int _port;
    private Process _script;

    private RabbitMqUnderTest(string data, int port, Process script)
    {
        _data = data;
        _port = port;
        _script = script;
    }

    public string Name => "RabbitMQ";

    public IReadOnlyList<Uri> Nodes => [new($"amqp://guest:guest@127.0.0.1:{_port}/")];

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults => [("broker killed and started again", KillAsync)];

    public static async Task<RabbitMqUnderTest> StartAsync(string data)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return new RabbitMqUnderTest(data, port, await StartAsync(data, port));
    }

    public async ValueTask DisposeAsync()
    {
        _script.StandardInput.Close();
        await _script.WaitForExitAsync();
    }

    private async Task KillAsync()
    {
        foreach (var process in Process.GetProcessesByName("beam.smp"))
        {
            if (File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(_data, StringComparison.Ordinal))
                process.Kill();
        }
        await DisposeAsync();
        _script = await StartAsync(_data, _port);
    }

    private static async Task<Process> StartAsync(string data, int port)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "rabbitmq", "rabbitmq.sh");
        var start = new ProcessStartInfo("bash", [path, "--port", $"{port}", "--data", data, "run", "bash", "-c", "echo ready; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var script = Process.Start(start)!;
        if (await script.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException("RabbitMQ did not start; its own words stand above.");
        return script;
    }
}
