using Microsoft.Extensions.Logging;
using Warren.Testing;
using Warren.Tests.Broker;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls;

[RpcContract]
public interface INotes
{
    [OneWay]
    Task Write(string line, CancellationToken cancellationToken = default);
}

[Collection(nameof(AloneCollection))]
public sealed class OneWayTests
{
    [Fact]
    public async Task A_one_way_request_that_fails_is_logged_and_counted()
    {
        await using var broker = await TestBroker.StartAsync();
        var log = new LogLines();
        using var loggers = new OneLogger(log);
        await using var serving = await Bus.ConnectAsync(broker.OptionsFor("server") with { LoggerFactory = loggers });
        await using var bus = await broker.ConnectAsync("client");
        await using var server = await serving.ServeAsync<INotes>(new Notes());

        await bus.Client<INotes>().Write("a line");
        await bus.Client<INotes>().Write("");
        for (var i = 0; i < 100 && serving.Statistics.RequestsFaulted == 0; i++)
            await broker.SettleAsync(); // The first exception of a process takes its time, on a thread that nobody sees waiting.

        Assert.Equal((1, 1), (serving.Statistics.RequestsServed, serving.Statistics.RequestsFaulted));
        Assert.Contains("A request without reply address to queue 'rpc.notes' ended as OutOfRange: no line", log.Lines);
    }

    private sealed class Notes : INotes
    {
        public Task Write(string line, CancellationToken cancellationToken) => line.Length > 0 ? Task.CompletedTask : throw new RpcException(RpcStatus.OutOfRange, "no line");
    }

    private sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
