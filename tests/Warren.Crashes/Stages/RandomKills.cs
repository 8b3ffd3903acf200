using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Stages;

/// <summary>S1: SIGKILL at random moments under load, and while it starts; always the same folder.</summary>
internal sealed class RandomKills : IStage
{
    // RabbitMQ 3.10 that is killed within a second after a quorum queue was declared finds 0 registered servers at its next start, and the queue gets no leader any more
    // (https://github.com/rabbitmq/rabbitmq-server/issues/15725 describes the like). These kills are about queues that are in use.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    public string Name => "S1";

    public string Title => "kill -9 at random moments";

    public string? Missing(CrashOptions options) => options.RabbitMq && !File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server") ? "rabbitmq-server is not installed" : null;

    public async Task<StageResult> RunAsync(CrashOptions options, CancellationToken stopping)
    {
        var result = new StageResult();
        await Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(i =>
            Task.Run(() => RunAsync(options, (options.Cycles + options.Parallel - 1 - i) / options.Parallel, options.Seed + i, result, stopping))));
        return result;
    }

    private static async Task RunAsync(CrashOptions options, int cycles, int seed, StageResult result, CancellationToken stopping)
    {
        var random = new Random(seed);
        var path = Leftovers.NewFolder();
        try
        {
            var folder = Folder.Create(options, path, seed, result);
            if (options.RabbitMq)
                await folder.PrepareAsync(s_settling);
            for (var i = 0; i < cycles && !stopping.IsCancellationRequested; i++)
            {
                if (!options.RabbitMq && random.Next(6) == 0)
                    await KillAtStartAsync(folder, random);
                else
                    await KillUnderLoadAsync(folder, random);
                result.Cycle();
            }
            await folder.SettleAsync($"S1, folder of seed {seed}");
        }
        finally
        {
            Leftovers.Delete(path);
        }
    }

    private static async Task KillAtStartAsync(Folder folder, Random random)
    {
        await using var broker = WarrenProcess.Launch(folder.Path);
        await Task.Delay(random.Next(400));
        await broker.KillAsync();
    }

    private static async Task KillUnderLoadAsync(Folder folder, Random random)
    {
        await using var broker = await folder.StartAsync();
        try
        {
            await using var load = await folder.BeginLoadAsync(broker);
            await Task.Delay(random.Next(20, 500), CancellationToken.None);
            if (!load.IsConnected)
                folder.Ledger.Note(findings => findings.Break("a connection was lost before the broker was killed"));
            await broker.KillAsync();
        }
        catch (Exception e) when (Lost.Is(e))
        {
            folder.Ledger.Note(findings => findings.Break($"before the broker was killed: {e.Message}"));
        }
    }
}
