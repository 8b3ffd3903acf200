using Warren;
using Warren.Broker;

namespace Questions;

/// <summary>What if the server is too slow?</summary>
internal static class TooSlow
{
    public static async Task RunAsync()
    {
        await using var broker = await WarrenBroker.StartAsync();
        await using var bus = await Bus.ConnectAsync(broker.Uri);
        await MoreServersAsync(bus);
        await OverloadAsync(bus);
    }

    // Start another one, here or on another machine: each request goes to a server that is free.
    private static async Task MoreServersAsync(Bus bus)
    {
        var busy = 0;
        var bothAreBusy = new TaskCompletionSource();
        var oneAtATime = new ServeOptions { Prefetch = 1 };
        await using var first = await bus.ServeAsync("work", (int _) => WorkAsync("the first"), oneAtATime);
        await using var second = await bus.ServeAsync("work", (int _) => WorkAsync("the second"), oneAtATime);

        var replies = await Task.WhenAll(bus.CallAsync<string>("work", 1), bus.CallAsync<string>("work", 2));
        Console.WriteLine($"Two calls at the same time, answered by {string.Join(" and ", replies.Order())}.");

        async Task<string> WorkAsync(string name)
        {
            if (Interlocked.Increment(ref busy) == 2)
                bothAreBusy.SetResult();
            await bothAreBusy.Task;
            return name;
        }
    }

    // A server that is full says so at once, instead of letting its callers wait for nothing.
    private static async Task OverloadAsync(Bus bus)
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await bus.ServeAsync("small", (int n) => RunAsync(n), new ServeOptions { MaxInFlight = 1 });

        var running = bus.CallAsync<int>("small", 1);
        await started.Task;
        try
        {
            await bus.CallAsync<int>("small", 2);
        }
        catch (RpcException e) when (e.Status == RpcStatus.ResourceExhausted)
        {
            Console.WriteLine($"{e.Message} Worth another try in {e.RetryAfter!.Value.TotalMilliseconds:0} ms.");
        }

        var patient = bus.CallAsync<int>("small", 3, new CallOptions { Retry = new RetryPolicy() });
        finish.SetResult();
        Console.WriteLine($"The one that ran: {await running}. One with a retry policy: {await patient}.");

        async Task<int> RunAsync(int n)
        {
            started.TrySetResult();
            await finish.Task;
            return n;
        }
    }
}
