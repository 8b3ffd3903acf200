namespace Warren.Conformance.Fixtures;

/// <summary>A broker of a test's own, in its own process and with its own data, that the test kills (signal 9) and starts again at the same address.</summary>
public sealed class CrashingBroker : IAsyncDisposable
{
    private static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "Warren.Cli.dll");

    private RabbitMqServer? _rabbitMq;
    private RunningProgram? _warren;
    private string? _folder;

    private CrashingBroker()
    {
    }

    /// <summary>The same for its whole life.</summary>
    public string Uri { get; private set; } = "";

    /// <summary>What Warren's process has printed since it was started last.</summary>
    public string Output => _warren?.Output ?? "";

    /// <summary>Where Warren keeps its data.</summary>
    public string Folder => _folder ?? throw new InvalidOperationException("RabbitMQ's folder is its own.");

    public static async Task<CrashingBroker> StartAsync(BrokerKind kind)
    {
        var broker = new CrashingBroker();
        if (kind == BrokerKind.RabbitMq)
        {
            broker._rabbitMq = await RabbitMqServer.StartAsync();
            broker.Uri = broker._rabbitMq.Uri.ToString();
        }
        else
        {
            broker._folder = Directory.CreateTempSubdirectory("warren-crashing-").FullName;
            await broker.StartWarrenAsync(port: "0");
        }
        return broker;
    }

    /// <summary>Waits until a quorum queue that was declared survives <see cref="KillAsync"/>. Warren's answer to the declaration says so.</summary>
    public Task UntilQuorumQueueIsOnDiskAsync(string namePrefix) => _rabbitMq?.UntilQuorumQueueIsOnDiskAsync(namePrefix) ?? Task.CompletedTask;

    public async Task KillAsync()
    {
        if (_rabbitMq is not null)
            await _rabbitMq.KillAsync();
        else
            await _warren!.DisposeAsync();
    }

    public Task StartAgainAsync() => _rabbitMq is not null ? _rabbitMq.RestartAsync() : StartWarrenAsync(new Uri(Uri).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        if (_rabbitMq is not null)
            await _rabbitMq.DisposeAsync();
        if (_warren is not null)
            await _warren.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private async Task StartWarrenAsync(string port)
    {
        _warren = RunningProgram.Start("dotnet", [Tool, "broker", "--data", Folder, "--port", port]);
        await _warren.WaitForOutputAsync($"Data in {Folder}{Environment.NewLine}");
        Uri = _warren.Output.Split(Environment.NewLine).Single(static line => line.StartsWith("Listening on ", StringComparison.Ordinal))["Listening on ".Length..];
    }
}
