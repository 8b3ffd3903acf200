namespace Warren.Bench.Peers;

/// <summary>Safe calls: requests and replies are persistent and confirmed, and the server remembers every reply. On the box in memory: it runs with --ephemeral.</summary>
internal sealed class WarrenSafePeer : IPeer
{
    private static readonly Queue CallQueue = Queue.Durable("bench-calls-safe");

    public string Name => "warren-safe";

    public async Task<ICaller> ConnectCallerAsync(Uri broker) =>
        new WarrenCaller(await Bus.ConnectAsync(broker.ToString()), CallQueue.Name, new CallOptions { Mode = CallMode.Safe });

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        await bus.ServeAsync(CallQueue, (ReadOnlyMemory<byte> request) => request, new ServeOptions { Prefetch = 1000 });
        return bus;
    }
}
