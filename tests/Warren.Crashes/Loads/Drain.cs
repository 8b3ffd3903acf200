using System.Diagnostics;
using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>Takes everything out of every queue, so that what does not come is lost.</summary>
internal static class Drain
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2); // After it nothing comes any more.
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(60);

    /// <summary>False when it took too long.</summary>
    public static async Task<bool> RunAsync(IClient client, Ledger ledger)
    {
        foreach (var queue in Topology.All.Except([Topology.Expiring]))
            await TakeAsync(ledger, await client.OpenChannelAsync(), queue).WaitAsync(TimeSpan.FromSeconds(30));
        var looking = await client.OpenChannelAsync();
        var begun = Stopwatch.GetTimestamp();
        var (last, lastAt) = (ledger.Deliveries, begun);
        while (!(await AreEmptyAsync(looking) && ((ledger.IsDone && ledger.AreLettersSafe) || Stopwatch.GetElapsedTime(lastAt) > s_silence)))
        {
            if (Stopwatch.GetElapsedTime(begun) > s_most)
            {
                ledger.Note(findings => findings.Break($"not drained within {s_most.TotalSeconds:0} s"));
                return false;
            }
            await Task.Delay(10);
            if (ledger.Deliveries != last)
                (last, lastAt) = (ledger.Deliveries, Stopwatch.GetTimestamp());
        }
        return true;
    }

    private static Task TakeAsync(Ledger ledger, IClientChannel channel, string queue)
    {
        var session = ledger.Begin(queue);
        return channel.ConsumeAsync(queue, 500, async arrival =>
        {
            var number = ledger.Deliver(session, arrival.Redelivered, arrival.Body.Span);
            if (number >= 0)
                ledger.Ack(queue, number);
            await channel.AckAsync(arrival.Tag, multiple: false);
        });
    }

    private static async Task<bool> AreEmptyAsync(IClientChannel channel)
    {
        foreach (var queue in Topology.All)
        {
            if (await channel.LookAtQueueAsync(queue) is not (0 or null))
                return false;
        }
        return true;
    }
}
