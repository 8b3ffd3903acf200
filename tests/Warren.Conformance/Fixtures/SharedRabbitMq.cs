[assembly: AssemblyFixture(typeof(Warren.Conformance.Fixtures.SharedRabbitMq))]

namespace Warren.Conformance.Fixtures;

/// <summary>
/// The one RabbitMQ of a test run, started when the first test asks for it. A test takes this class as a constructor
/// argument, and names its queues so that no other test uses them.
/// </summary>
public sealed class SharedRabbitMq : IAsyncDisposable
{
    private readonly Lazy<Task<RabbitMqServer>> _server = new(() => RabbitMqServer.StartAsync());

    /// <summary>Where it listens. Skips the running test, or fails it on the build machine, where RabbitMQ is not installed.</summary>
    public async Task<Uri> GetUriAsync() => (await GetAsync()).Uri;

    /// <summary>The server itself, for what only an operator can do. Skips or fails as the other.</summary>
    public Task<RabbitMqServer> GetAsync()
    {
        RabbitMqServer.Require();
        return _server.Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await _server.Value).DisposeAsync();
    }
}
