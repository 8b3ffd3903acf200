using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary><c>warren definitions</c> against a RabbitMQ that runs and has its HTTP API. It changes the whole broker: it has its own.</summary>
[Collection(nameof(AloneCollection))]
public sealed class DefinitionsVerbTests : IDisposable
{
    private const int Different = 10;
    private const int LoginRefused = 8;
    private const int RefusedByBroker = 9;

    private static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "Warren.Cli.dll");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("warren-definitions-verb-").FullName;

    [Fact]
    public async Task Row_156_what_one_RabbitMQ_has_is_exported_changed_imported_and_compared()
    {
        await using var rabbitMq = await RabbitMqServer.StartWithManagementAsync();
        var address = rabbitMq.Management!.ToString();
        await using (var connection = await AmqpConnection.ConnectAsync(rabbitMq.Uri.ToString()))
        {
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareQueueAsync("first", durable: true);
        }

        await RunAsync(0, "export", address, PathOf("before.json"));
        var before = await File.ReadAllTextAsync(PathOf("before.json"));
        Assert.Contains("\"first\"", before, StringComparison.Ordinal);
        Assert.Contains("\"first\"", await RunAsync(0, "export", $"{address}%2F"), StringComparison.Ordinal);
        await RunAsync(0, "check", PathOf("before.json"));
        await RunAsync(0, "diff", PathOf("before.json"), address);

        await File.WriteAllTextAsync(PathOf("more.json"), """{"queues":[{"vhost":"/","name":"second","durable":true,"auto_delete":false,"arguments":{}}]}""");
        await RunAsync(0, "import", PathOf("more.json"), address);
        Assert.Equal("+ queue 'second' vhost '/'", (await RunAsync(Different, "diff", PathOf("before.json"), address)).Trim());

        await File.WriteAllTextAsync(PathOf("wrong.json"), "no definitions");
        Assert.Contains("/api/definitions answers 400", await RunAsync(RefusedByBroker, "import", PathOf("wrong.json"), address), StringComparison.Ordinal);
        Assert.Contains("refuses user 'nobody'", await RunAsync(LoginRefused, "export", address.Replace("guest:guest", "nobody:x", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PathOf(string file) => Path.Combine(_folder, file);

    private static async Task<string> RunAsync(int expected, params string[] arguments)
    {
        await using var program = RunningProgram.Start("dotnet", [Tool, "definitions", .. arguments]);
        var code = await program.WaitForExitAsync(Patience);
        Assert.True(code == expected, $"definitions {string.Join(' ', arguments)} ended with {code}: {program.Output}");
        return program.Output;
    }
}
