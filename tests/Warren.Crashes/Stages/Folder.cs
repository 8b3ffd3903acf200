using System.Diagnostics;
using Warren.Crashes.Books;
using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;
using Warren.Crashes.Loads;

namespace Warren.Crashes.Stages;

/// <summary>A data folder with what is known of it: the lives of its broker, one after the other.</summary>
internal sealed class Folder(CrashOptions options, string path, Random random, StageResult result, Ledger ledger, DefinitionBook book)
{
    private const int Tries = 3;

    public string Path => path;

    public Ledger Ledger => ledger;

    public DefinitionBook Book => book;

    public static Folder Create(CrashOptions options, string path, int seed, StageResult result)
    {
        var random = new Random(seed);
        // RabbitMQ publishes dead letters without confirms ("at-most-once", https://www.rabbitmq.com/docs/dlx#safety), and says nowhere that the flag outlives a crash.
        var ledger = new Ledger((ulong)random.NextInt64(), Topology.Dead, Topology.WithoutDeaths)
        {
            AreLettersSafe = !options.RabbitMq,
            AreRepetitionsFlagged = !options.RabbitMq,
            AgingQueue = Topology.Expiring,
        };
        return new Folder(options, path, random, result, ledger, new DefinitionBook(ledger));
    }

    /// <summary>Starts the broker and takes the time.</summary>
    public async Task<IBroker> StartAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var broker = await options.StartAsync(path);
        result.Recovered(Stopwatch.GetElapsedTime(started));
        return broker;
    }

    /// <summary>A first life in which the queues are declared, and nothing happens for a while.</summary>
    public async Task PrepareAsync(TimeSpan rest)
    {
        await using var broker = await StartAsync();
        await using var client = await options.ConnectAsync(broker.Uri);
        await Topology.DeclareAsync(await client.OpenChannelAsync());
        await Task.Delay(rest);
    }

    public Task<Load> BeginLoadAsync(IBroker broker) =>
        Load.BeginAsync(() => options.ConnectAsync(broker.Uri), ledger, book, marks: !options.RabbitMq, random);

    /// <summary>One more life: start, look, drain, end; then the accounts are closed.</summary>
    public async Task SettleAsync(string where)
    {
        var isDrained = await LiveOnceMoreAsync(where);
        // RabbitMQ's quorum queues may take a consumer of an earlier life for one that lives, and keep for it what it held. That is not lost: it comes after another start.
        for (var tries = 1; options.RabbitMq && isDrained && !ledger.IsDone && tries <= Tries; tries++)
        {
            var missing = ledger.Open;
            isDrained = await LiveOnceMoreAsync(where);
            result.Note($"{where}: {missing} confirmed messages did not come when everything was taken out; after another start {missing - ledger.Open} of them came");
        }
        result.Add(ledger, isDrained, where);
    }

    private async Task<bool> LiveOnceMoreAsync(string where)
    {
        var isDrained = false;
        await using (var broker = await StartAsync())
        {
            // RabbitMQ's quorum queues may leave a consumer without an answer while they recover: one more try then.
            for (var tries = 1; !isDrained && tries <= Tries; tries++)
            {
                try
                {
                    isDrained = await DrainAsync(broker);
                }
                catch (Exception e) when (Lost.Is(e))
                {
                    if (tries == Tries)
                        ledger.Note(findings => findings.Break($"the broker cannot be drained: {e.Message}"));
                    else
                        result.Note($"{where}: tried again: {e.Message}");
                }
            }
        }
        return isDrained;
    }

    private async Task<bool> DrainAsync(IBroker broker)
    {
        await using var client = await options.ConnectAsync(broker.Uri);
        await Topology.DeclareAsync(await client.OpenChannelAsync());
        await new Definer(ledger, book, client, random).CheckAsync();
        return await Drain.RunAsync(client, ledger);
    }
}
