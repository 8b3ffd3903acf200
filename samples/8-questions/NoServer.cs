using Warren;
using Warren.Broker;

namespace Questions;

/// <summary>What if no server is running?</summary>
internal static class NoServer
{
    public static async Task RunAsync()
    {
        await using var broker = await WarrenBroker.StartAsync();
        await using var bus = await Bus.ConnectAsync(broker.Uri);

        await CallAsync(bus); // There is no such queue.

        await using (await bus.ServeAsync("double", (int n) => 2 * n))
            Console.WriteLine("A server came and went.");
        await CallAsync(bus); // There is a queue, and nobody takes from it.

        var waiting = bus.CallAsync<int>("double", 21, new CallOptions { WaitForServer = true });
        await using var server = await bus.ServeAsync("double", (int n) => 2 * n);
        Console.WriteLine($"The call that waited for a server: {await waiting}");
    }

    private static async Task CallAsync(Bus bus)
    {
        try
        {
            Console.WriteLine(await bus.CallAsync<int>("double", 21));
        }
        catch (RpcException e) when (e is { Status: RpcStatus.Unavailable, Outcome: RpcOutcome.NotExecuted })
        {
            Console.WriteLine(e.Message);
        }
    }
}
