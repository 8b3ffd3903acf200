using System.ComponentModel.DataAnnotations;
using Warren;
using Warren.Broker;

await using var broker = await WarrenBroker.StartAsync();          // the broker in the box, on a free loopback port
await using var bus = await Bus.ConnectAsync(broker.Uri);          // tomorrow: "amqps://user:password@cluster.example/"

await using var server = await bus.ServeAsync<ICalculator>(new Calculator()); // here or elsewhere, once or many times
var calculator = bus.Client<ICalculator>();
Console.WriteLine(await calculator.Fib(30));                       // 832040
await foreach (var n in calculator.Series(10))
    Console.Write($"{n} ");                                        // 0 1 1 2 3 5 8 13 21 34

[RpcContract]
internal interface ICalculator
{
    [Idempotent] Task<int> Fib([Range(0, 46)] int n, CancellationToken cancellationToken = default);
    IAsyncEnumerable<int> Series(int count, CancellationToken cancellationToken = default);
}

internal sealed class Calculator : ICalculator
{
    public Task<int> Fib(int n, CancellationToken cancellationToken) => Task.FromResult(Fibs(n + 1).Last());

    public IAsyncEnumerable<int> Series(int count, CancellationToken cancellationToken) => Fibs(count).ToAsyncEnumerable();

    private static IEnumerable<int> Fibs(int count)
    {
        for (var (n, a, b) = (0, 0, 1); n < count; (n, a, b) = (n + 1, b, a + b))
            yield return a;
    }
}
