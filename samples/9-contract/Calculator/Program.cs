using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Warren;
using Warren.Broker;

// A contract, its server and its client in one host; the broker in the box unless WARREN_URI names another.
var uri = Environment.GetEnvironmentVariable("WARREN_URI");
await using var box = uri is null ? await WarrenBroker.StartAsync() : null;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddWarren(uri ?? box!.Uri.ToString()).Serve<ICalculator, Calculator>().Client<ICalculator>();
using var host = builder.Build();
await host.StartAsync();

var calculator = host.Services.GetRequiredService<ICalculator>();
Console.WriteLine($"fib(30) = {await calculator.Fib(30)}");

await foreach (var row in calculator.Series(3))
    Console.WriteLine($"fib({row.N}) = {row.Value}");

try
{
    await calculator.Fib(47);
}
catch (RpcException e)
{
    Console.WriteLine($"{e.Status}, {e.Outcome}: {e.Detail}");
}

await host.StopAsync();

[RpcContract]
internal interface ICalculator
{
    [Idempotent] Task<int> Fib([Range(0, 46)] int n, CancellationToken cancellationToken = default);

    IAsyncEnumerable<Row> Series(int count, CancellationToken cancellationToken = default);
}

internal sealed record Row(int N, int Value);

internal sealed class Calculator : ICalculator
{
    public Task<int> Fib(int n, CancellationToken cancellationToken) => Task.FromResult(Compute(n));

    public async IAsyncEnumerable<Row> Series(int count, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var n = 1; n <= count; n++)
        {
            await Task.Yield();
            yield return new Row(n, Compute(n));
        }
    }

    private static int Compute(int n)
    {
        var (a, b) = (0, 1);
        for (var i = 0; i < n; i++)
            (a, b) = (b, a + b);
        return a;
    }
}
