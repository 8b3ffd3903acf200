using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;

namespace Warren.Crashes;

/// <summary>What a run does.</summary>
/// <param name="RabbitMq">RabbitMQ is killed instead of Warren.</param>
/// <param name="ForeignClient">By RabbitMQ's client instead of Warren's.</param>
/// <param name="Parallel">How many brokers at once, each with a folder and a ledger of its own.</param>
internal sealed record CrashOptions(int Cycles, int Calls, int Cuts, int Seed, bool RabbitMq, bool ForeignClient, int Parallel)
{
    public async Task<IBroker> StartAsync(string folder) => RabbitMq ? await RabbitMqProcess.StartAsync(folder) : await WarrenProcess.StartAsync(folder);

    public Task<IClient> ConnectAsync(Uri broker) => ForeignClient ? RabbitMqClient.ConnectAsync(broker) : WarrenClient.ConnectAsync(broker);
}
