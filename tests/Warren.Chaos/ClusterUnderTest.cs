using System.Diagnostics;

namespace Warren.Chaos;

/// <summary>Three nodes of RabbitMQ that replicate queues, of which one at a time dies and comes back.</summary>
internal sealed class ClusterUnderTest : IBrokerUnderTest
{
    private readonly Process _script;
    private int _next;

    private ClusterUnderTest(Process script, IReadOnlyList<Uri> nodes)
    {
        _script = script;
        Nodes = nodes;
    }

    public string Name => "a cluster of three RabbitMQ nodes";

    public IReadOnlyList<Uri> Nodes { get; }

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults => [("node killed and started again", KillAsync)];

    public static async Task<ClusterUnderTest> StartAsync()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "rabbitmq", "cluster.sh");
        var script = Process.Start(new ProcessStartInfo("bash", [path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        if (await script.StandardOutput.ReadLineAsync() is not { } line || line.Split(' ') is not ["ready", .. var ports])
            throw new InvalidOperationException("The cluster did not start; its own words stand above.");
        return new ClusterUnderTest(script, [.. ports.Select(port => new Uri($"amqp://guest:guest@127.0.0.1:{port}/"))]);
    }

    public async ValueTask DisposeAsync()
    {
        _script.StandardInput.Close();
        await _script.WaitForExitAsync();
    }

    // Each in its turn; it is back before the next fault, so that there is always a majority.
    private async Task KillAsync()
    {
        var node = (_next++ % Nodes.Count) + 1;
        await TellAsync($"kill {node}");
        await TellAsync($"start {node}");
    }

    private async Task TellAsync(string command)
    {
        await _script.StandardInput.WriteLineAsync(command);
        if (await _script.StandardOutput.ReadLineAsync() != "done")
            throw new InvalidOperationException($"The cluster did not {command}; its own words stand above.");
    }
}
