namespace Warren.Chaos;

/// <summary>Three nodes of RabbitMQ that replicate queues, of which one at a time dies and comes back.</summary>
internal sealed class ClusterUnderTest(BrokerScript script) : IBrokerUnderTest
{
    private int _next;

    public string Name => "a cluster of three RabbitMQ nodes";

    public IReadOnlyList<Uri> Nodes { get; } = [.. script.Ready.Split(' ').Select(port => new Uri($"amqp://guest:guest@127.0.0.1:{port}/"))];

    public Task RaiseAlarmAsync(TimeSpan time) => script.AlarmAsync(time);

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults => [("node killed and started again", KillAsync)];

    public static async Task<ClusterUnderTest> StartAsync() => new(await BrokerScript.StartAsync("cluster.sh"));

    public ValueTask DisposeAsync() => script.DisposeAsync();

    // Each in its turn; it is back before the next fault, so that there is always a majority.
    private async Task KillAsync()
    {
        var node = (_next++ % Nodes.Count) + 1;
        await script.TellAsync($"kill {node}");
        await script.TellAsync($"start {node}");
    }
}
