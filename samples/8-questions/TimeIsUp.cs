using Warren;
using Warren.Broker;

namespace Questions;

/// <summary>Should a call have a timeout?</summary>
internal static class TimeIsUp
{
    public static async Task RunAsync()
    {
        await using var broker = await WarrenBroker.StartAsync();
        await using var bus = await Bus.ConnectAsync(broker.Uri);
        var options = new CallOptions { Timeout = TimeSpan.FromSeconds(2) };

        // A handler that takes too long.
        var done = new TaskCompletionSource();
        await using var slow = await bus.ServeAsync("slow", async (int n) =>
        {
            await done.Task;
            return n;
        });
        try
        {
            await bus.CallAsync<int>("slow", 1, options);
        }
        catch (RpcException e)
        {
            Console.WriteLine(e.Message);
        }

        // It answers after all; nobody waits for that any more.
        done.SetResult();
        while (bus.Statistics.LateReplies == 0)
            await Task.Delay(10);
        Console.WriteLine($"Late replies, dropped: {bus.Statistics.LateReplies}");

        // A server that calls on has what is left of its caller's time, and not 10 s of its own.
        await using var back = await bus.ServeAsync("back", (int _, CancellationToken _) => RequestContext.Current!.TimeLeft!.Value.TotalMilliseconds);
        await using var front = await bus.ServeAsync("front", async (int n) => await bus.CallAsync<double>("back", n));
        Console.WriteLine($"Two calls further there are left: {await bus.CallAsync<double>("front", 1, options):0} ms");
    }
}
