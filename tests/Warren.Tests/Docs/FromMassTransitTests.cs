using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;

namespace Warren.Tests.Docs;

/// <summary>Warren's side of docs/from-masstransit.md; MassTransit's is bench/Warren.FromMassTransit.</summary>
public sealed class FromMassTransitTests
{
    [Fact]
    public async Task The_application_calls_publishes_and_receives()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        Register(builder, "amqp://guest:guest@localhost:5672/");
        builder.Services.AddWarren(options => options.InProcess = broker);
        using var host = builder.Build();
        await host.StartAsync();
        var (stock, bus) = (host.Services.GetRequiredService<IStock>(), host.Services.GetRequiredService<Bus>());

        Assert.Equal("tea: 3", await ShowAsync(stock, "tea"));
        Assert.Equal("no article coffee", await ShowAsync(stock, "coffee"));
        await BindAsync(new ConnectionOptions { InProcess = broker });
        await PublishAsync(bus, "coffee", 7);
        while (await ShowAsync(stock, "coffee") != "coffee: 7")
            await Task.Delay(10);

        await host.StopAsync();
    }

    [Fact]
    public void Every_example_on_the_page_is_compiled()
    {
        string[] files =
        [
            "tests/Warren.Tests/Docs/FromMassTransitTests.cs", "bench/Warren.FromMassTransit/Stock.cs",
            "bench/Warren.FromMassTransit/Program.cs", "bench/Warren.FromMassTransit/Shelves.cs",
        ];
        var code = string.Join('\n', files.Select(file => Page.Squeeze(Page.ReadFile(file))));
        var examples = Page.Read("docs/from-masstransit.md").Blocks("csharp");

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(Page.Squeeze(example), code, StringComparison.Ordinal));
    }

    private static void Register(HostApplicationBuilder builder, string uri)
    {
        builder.Services.AddSingleton<Shelves>();
        builder.Services.AddWarren(options =>
            {
                options.Uri = uri;
                options.Bus = new BusOptions { Json = StockJson.Default.Options }; // For messages; contracts need none.
            })
            .Serve<IStock, StockService>()
            .Client<IStock>(call => call with { Timeout = TimeSpan.FromSeconds(5), Retry = new RetryPolicy() });
        builder.Services.AddHostedService<StockWatch>();
    }

    private static async Task<string> ShowAsync(IStock stock, string article)
    {
        try
        {
            return $"{article}: {await stock.Level(article)}";
        }
        catch (RpcFaultException<UnknownArticle> e)
        {
            return $"no article {e.Fault.Article}";
        }
    }

    private static async Task PublishAsync(Bus bus, string article, int count)
    {
        await bus.PublishAsync(StockWatch.Changes, "", Payload.Json(new StockChanged(article, count), StockJson.Default.StockChanged));
    }

    private static async Task BindAsync(ConnectionOptions options)
    {
        await using var connection = await AmqpConnection.ConnectAsync(options);
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareExchangeAsync("stock-changed", "fanout", durable: true);
        await channel.DeclareQueueAsync("stock-watch", durable: true);
        await channel.BindQueueAsync("stock-watch", "stock-changed", "");
    }
}

[RpcContract]
public interface IStock
{
    [Idempotent, Raises<UnknownArticle>]
    Task<int> Level(string article, CancellationToken cancellationToken = default);
}

public sealed record UnknownArticle(string Article);

public sealed class StockService(Shelves shelves) : IStock
{
    public Task<int> Level(string article, CancellationToken cancellationToken) =>
        Task.FromResult(shelves.Count(article) ?? throw new RpcFaultException<UnknownArticle>(new(article), $"no article {article}", RpcStatus.NotFound));
}

public sealed record StockChanged(string Article, int Count);

[JsonSerializable(typeof(StockChanged))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class StockJson : JsonSerializerContext;

public sealed class StockWatch(Bus bus, Shelves shelves) : BackgroundService
{
    public static readonly Exchange Changes = Exchange.Fanout("stock-changed");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var receiver = await bus.ReceiveAsync(Queue.Durable("stock-watch"), (StockChanged change) => shelves.Set(change.Article, change.Count));
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }
}

public sealed class Shelves
{
    private readonly ConcurrentDictionary<string, int> _counts = new() { ["tea"] = 3 };

    public int? Count(string article) => _counts.TryGetValue(article, out var count) ? count : null;

    public void Set(string article, int count) => _counts[article] = count;
}
