using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Warren.Broker;

namespace Warren.Tests.Docs;

/// <summary>Warren's side of docs/from-grpc.md. gRPC's stands there in blocks that are not compiled.</summary>
public sealed class FromGrpcTests
{
    [Fact]
    public async Task The_service_is_hosted_called_and_streams()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        Register(builder, "amqp://guest:guest@localhost:5672/");
        builder.Services.AddWarren(options => options.InProcess = broker);
        using var host = builder.Build();
        await host.StartAsync();

        Assert.Equal(["Hello, ann", "1 ann", "2 ann"], await CallAsync(host.Services.GetRequiredService<IGreeting>(), CancellationToken.None));
        while ((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status != HealthStatus.Healthy)
            await Task.Delay(10);

        await host.StopAsync();
    }

    [Fact]
    public void Every_example_on_the_page_is_compiled()
    {
        var code = Page.Squeeze(Page.ReadFile("tests/Warren.Tests/Docs/FromGrpcTests.cs"));
        var examples = Page.Read("docs/from-grpc.md").Blocks("csharp");

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(Page.Squeeze(example), code, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_names_every_status()
    {
        var page = Page.ReadFile("docs/from-grpc.md");

        Assert.All(Enum.GetNames<RpcStatus>(), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static void Register(HostApplicationBuilder builder, string uri)
    {
        builder.Services.AddWarren(uri)
            .Serve<IGreeting, GreetingService>(serve => serve with { MaxInFlight = 100 })
            .Client<IGreeting>(call => call with { Timeout = TimeSpan.FromSeconds(5), Retry = new RetryPolicy(maxAttempts: 4) });
        builder.Services.AddHealthChecks().AddWarren();
    }

    private static async Task<List<string>> CallAsync(IGreeting greeting, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        try
        {
            lines.Add(await greeting.SayHello("ann", cancellationToken));
            await foreach (var line in greeting.Count("ann", 2, cancellationToken))
                lines.Add(line);
        }
        catch (RpcException e) when (e.Status == RpcStatus.Unavailable)
        {
            lines.Add(e.Outcome == RpcOutcome.NotExecuted ? "nothing happened" : "it may have happened");
        }
        return lines;
    }
}

[RpcContract]
public interface IGreeting
{
    [Idempotent] Task<string> SayHello(string name, CancellationToken cancellationToken = default);
    IAsyncEnumerable<string> Count(string name, int to, CancellationToken cancellationToken = default);
}

public sealed class GreetingService : IGreeting
{
    public Task<string> SayHello(string name, CancellationToken cancellationToken) => name.Length > 0
        ? Task.FromResult($"Hello, {name}")
        : throw new RpcException(RpcStatus.InvalidArgument, "a name, please");

    public async IAsyncEnumerable<string> Count(string name, int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 1; i <= to; i++)
        {
            await Task.Yield();
            yield return $"{i} {name}";
        }
    }
}
