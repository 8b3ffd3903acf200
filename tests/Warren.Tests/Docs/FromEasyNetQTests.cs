using System.Text.Json;
using System.Text.Json.Serialization;
using Warren.Broker;
using Warren.Client;

namespace Warren.Tests.Docs;

/// <summary>Warren's side of docs/from-easynetq.md. EasyNetQ's stands there as its own documentation has it, in blocks that are not compiled.</summary>
public sealed class FromEasyNetQTests
{
    [Fact]
    public async Task A_queue_serves_types_as_EasyNetQ_does()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        await using var bus = await Bus.ConnectAsync(broker, new BusOptions { Json = QuoteJson.Default.Options });

        await using var server = await bus.ServeAsync("quotes", (QuoteRequest request) => new Quote(request.Symbol, 42.5m));

        var quote = await bus.CallAsync<QuoteRequest, Quote>("quotes", new QuoteRequest("ACME"));

        Assert.Equal(new Quote("ACME", 42.5m), quote);

        await using var contract = await bus.ServeAsync<IQuotes>(new Quotes());
        var quotes = bus.Client<IQuotes>();

        Assert.Equal(quote, await quotes.Of("ACME"));
        Assert.Equal(RpcStatus.NotFound, (await Assert.ThrowsAsync<RpcException>(() => quotes.Of("NONE"))).Status);
    }

    [Fact]
    public async Task Messages_are_published_and_sent()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        await using var bus = await Bus.ConnectAsync(broker, new BusOptions { Json = QuoteJson.Default.Options });
        var (seen, done) = (new TaskCompletionSource<Quote>(), new TaskCompletionSource<Quote>());

        await using var subscription = await bus.SubscribeAsync(
            Exchange.Topic("quotes"), ["stocks.#"], (Quote quote) => seen.TrySetResult(quote), new ReceiveOptions { Prefetch = 50 });

        await bus.PublishAsync(Exchange.Topic("quotes"), "stocks.acme", Payload.Json(new Quote("ACME", 43m), QuoteJson.Default.Quote));

        await using var receiver = await bus.ReceiveAsync(Queue.Durable("work"), (Quote quote) => done.TrySetResult(quote));

        await bus.SendAsync(Queue.Durable("work"), new Quote("ACME", 44m));

        Assert.Equal(43m, (await seen.Task).Price);
        Assert.Equal(44m, (await done.Task).Price);
    }

    [Fact]
    public void Every_example_on_the_page_is_compiled()
    {
        var code = Page.Squeeze(Page.ReadFile("tests/Warren.Tests/Docs/FromEasyNetQTests.cs"));
        var examples = Page.Read("docs/from-easynetq.md").Blocks("csharp");

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(Page.Squeeze(example), code, StringComparison.Ordinal));
    }

    [Fact]
    public void The_connection_strings_of_the_page_are_read()
    {
        var uri = Assert.Single(Page.Read("docs/from-easynetq.md").Blocks("uri")).Trim();

        var options = ConnectionOptions.Parse(uri);

        Assert.Equal(["rabbit1", "rabbit2"], options.Endpoints.Select(endpoint => endpoint.Host));
        Assert.Equal(("shop", "mike", "secret"), (options.VirtualHost, options.UserName, options.Password));
        Assert.Equal(TimeSpan.FromSeconds(10), options.Heartbeat);
    }
}

public sealed record QuoteRequest(string Symbol);

public sealed record Quote(string Symbol, decimal Price);

[JsonSerializable(typeof(QuoteRequest))]
[JsonSerializable(typeof(Quote))]
internal sealed partial class QuoteJson : JsonSerializerContext;

[RpcContract]
public interface IQuotes
{
    Task<Quote> Of(string symbol, CancellationToken cancellationToken = default);
}

public sealed class Quotes : IQuotes
{
    public Task<Quote> Of(string symbol, CancellationToken cancellationToken) => symbol == "ACME"
        ? Task.FromResult(new Quote(symbol, 42.5m))
        : throw new RpcException(RpcStatus.NotFound, $"nobody trades {symbol}");
}
