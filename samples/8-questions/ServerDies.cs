using Warren;
using Warren.Testing;

namespace Questions;

/// <summary>What if the server dies between reply and acknowledgement, so that the broker gives the request to another one?</summary>
internal static class ServerDies
{
    public static async Task RunAsync()
    {
        foreach (var mode in new[] { CallMode.Fast, CallMode.Safe })
        {
            await RunAsync(mode, "after the reply", first => first.WhenItAcknowledges().CutBefore());
            await RunAsync(mode, "before the reply", first => first.WhenItSendsReply().CutBefore());
        }
    }

    private static async Task RunAsync(CallMode mode, string when, Action<TestConnection> die)
    {
        // The broker in the box, as tests have it: it breaks a connection at the frame that we name.
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("client");
        await using var first = await broker.ConnectAsync("first");
        await using var second = await broker.ConnectAsync("second");
        var runs = 0;
        var options = new ServeOptions { Replies = new MemoryReplyStore() }; // The servers' common memory; for processes it is a database.
        await using var one = await first.ServeAsync("pay", (int amount) => ++runs * amount, options);
        await using var two = await second.ServeAsync("pay", (int amount) => ++runs * amount, options);

        die(broker.Connection("first"));
        Console.WriteLine($"{mode}, the first server dies {when}:");
        try
        {
            Console.WriteLine($"  the reply is {await client.CallAsync<int>("pay", 100, new CallOptions { Mode = mode })}");
        }
        catch (RpcException e)
        {
            Console.WriteLine($"  {e.Message}");
        }
        while (second.Statistics is { RequestsServed: 0, RequestsFaulted: 0 })
            await broker.SettleAsync(); // The second server gets the request too...
        await broker.SettleAsync(); // ...and the client what it says.
        Console.WriteLine($"  runs: {runs}, answered from memory: {second.Statistics.DuplicateRequests}, second replies dropped: {client.Statistics.DuplicateReplies}");
    }
}
