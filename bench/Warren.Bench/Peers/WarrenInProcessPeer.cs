using Warren.Broker;

namespace Warren.Bench.Peers;

/// <summary>Broker, server and client in the caller's process, without a socket: what a test or a modular application sees.</summary>
internal sealed class WarrenInProcessPeer : IPeer
{
    private const string CallQueue = "bench-calls";

    public string Name => "warren-in-process";

    public async Task<ICaller> ConnectCallerAsync(Uri broker)
    {
        var box = await WarrenBroker.StartAsync();
        var serving = await Bus.ConnectAsync(box);
        await serving.ServeAsync(CallQueue, (ReadOnlyMemory<byte> request) => request, new ServeOptions { Prefetch = 1000 });
        return new WarrenCaller(await Bus.ConnectAsync(box), CallQueue);
    }

    /// <summary>The caller's process has everything; this one only waits for its end.</summary>
    public Task<IAsyncDisposable> ServeEchoAsync(Uri broker) => Task.FromResult<IAsyncDisposable>(new Nothing());

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => default;
    }
}
