using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;
using Warren.Crashes.Loads;

namespace Warren.Crashes;

/// <summary>What a run does.</summary>
/// <param name="RabbitMq">RabbitMQ is killed instead of Warren.</param>
/// <param name="ForeignClient">By RabbitMQ's client instead of Warren's.</param>
/// <param name="LyingDisk">In S3 syncs do nothing and say that they did: the stage has to find losses then.</param>
/// <param name="Parallel">How many brokers at once, each with a folder and a ledger of its own.</param>
internal sealed record CrashOptions(int Cycles, int Calls, int Cuts, int Seed, bool RabbitMq, bool ForeignClient, bool LyingDisk, int Parallel)
{
    public async Task<IBroker> StartAsync(string folder) => RabbitMq ? await RabbitMqProcess.StartAsync(folder, Topology.HasQuorum ? Topology.Quorum : null) : await WarrenProcess.StartAsync(folder);

    public Task<IClient> ConnectAsync(Uri broker) => ForeignClient ? RabbitMqClient.ConnectAsync(broker) : WarrenClient.ConnectAsync(broker);
}
