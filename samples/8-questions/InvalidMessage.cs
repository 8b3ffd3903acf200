using System.ComponentModel.DataAnnotations;
using System.Text;
using Warren;
using Warren.Broker;

namespace Questions;

[RpcContract]
public interface IShop
{
    Task<int> Order([StringLength(20)] string what, [Range(1, 10)] int count, CancellationToken cancellationToken = default);
}

/// <summary>What if an invalid message arrives?</summary>
internal static class InvalidMessage
{
    public static async Task RunAsync()
    {
        await using var broker = await WarrenBroker.StartAsync();
        await using var bus = await Bus.ConnectAsync(broker.Uri);
        var shop = new Shop();
        await using var server = await bus.ServeAsync<IShop>(shop);
        await using var queue = await bus.ServeAsync("double", (int n) => 2 * n);

        await ShowAsync(() => bus.Client<IShop>().Order("tea", 99)); // Not even sent.
        foreach (var body in new[] { """{"what":"tea","count":99}""", """{"what":"tea","count":"2"}""", """{"count":2}""", "tea" })
            await ShowAsync(() => bus.CallAsync("rpc.shop", "Order", Encoding.UTF8.GetBytes(body))); // As somebody without the interface.
        await ShowAsync(() => bus.CallAsync("rpc.shop", "Steal", "{}"u8.ToArray()));
        await ShowAsync(() => bus.CallAsync<int>("double", "two"));

        Console.WriteLine($"Order 2: {await bus.Client<IShop>().Order("tea", 2)}. The handler ran {shop.Runs} time.");
    }

    private static async Task ShowAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException e) when (e.Outcome == RpcOutcome.NotExecuted)
        {
            Console.WriteLine($"{e.Status}: {e.Detail}");
        }
    }

    private sealed class Shop : IShop
    {
        public int Runs { get; private set; }

        public Task<int> Order(string what, int count, CancellationToken cancellationToken)
        {
            Runs++;
            return Task.FromResult(count);
        }
    }
}
