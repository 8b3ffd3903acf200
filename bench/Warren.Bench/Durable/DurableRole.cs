using System.Diagnostics;
using System.Globalization;
using Warren.Bench.Measure;
using Warren.Bench.Roles;
using Warren.Cli.Measure;

namespace Warren.Bench.Durable;

/// <summary>One process of the comparison of durable queues: it publishes or consumes as it is told by the lines of its standard input.</summary>
internal static class DurableRole
{
    public static async Task RunAsync(string role, string peerName, Uri broker, DurableQueue queue)
    {
        var peer = DurablePeers.Find(peerName);
        if (role == "consumer")
        {
            var arrivals = new Arrivals();
            await using (await peer.ConsumeAsync(broker, queue, arrivals.OnMessage)) await Role.AnswerAsync(words => Role.ConsumeAsync(arrivals, words));
            return;
        }

        await using var publisher = await peer.ConnectPublisherAsync(broker, queue);
        await Role.AnswerAsync(words => words[0] switch
        {
            "load" => LoadAsync(publisher, Int(words[1]), Int(words[2])),
            "single" => SingleAsync(publisher, Int(words[1]), double.Parse(words[2], CultureInfo.InvariantCulture), isPersistent: words[3] == "persistent"),
            var other => throw new ArgumentException($"A publisher does not know '{other}'."),
        });
    }

    // OCTETS COUNT
    private static async Task<object> LoadAsync(IConfirmedPublisher publisher, int octets, int count)
    {
        var body = new byte[octets];
        var open = new Queue<Task>();
        for (var i = 0; i < count; i++)
        {
            if (open.Count == DurableQueue.Outstanding) await open.Dequeue();
            open.Enqueue(publisher.PublishAsync(body, isPersistent: true));
        }

        await Task.WhenAll(open);
        return count;
    }

    // OCTETS SECONDS persistent|transient: one after the other into a queue that nobody consumes, which is emptied at the end.
    private static async Task<object> SingleAsync(IConfirmedPublisher publisher, int octets, double seconds, bool isPersistent)
    {
        var body = new byte[octets];
        var histogram = new LatencyHistogram();
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        for (var now = Stopwatch.GetTimestamp(); now < end;)
        {
            await publisher.PublishAsync(body, isPersistent);
            var then = now;
            now = Stopwatch.GetTimestamp();
            histogram.Add(now - then);
        }

        await publisher.PurgeAsync();
        return ConfirmTimes.Of(histogram);
    }

    private static int Int(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
