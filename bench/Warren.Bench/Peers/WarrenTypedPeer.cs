namespace Warren.Bench.Peers;

/// <summary>The contract's method behind a queue: the same signature, a number each way, so that what is left is what a contract adds.</summary>
internal sealed class WarrenTypedPeer : IPeer
{
    private const string CallQueue = "bench-calls-warren-typed";

    public string Name => "warren-typed";

    public async Task<ICaller> ConnectCallerAsync(Uri broker) => new Caller(await Bus.ConnectAsync(broker.ToString()));

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        await bus.ServeAsync(CallQueue, (int number, CancellationToken cancellationToken) => Task.FromResult(number), new ServeOptions { Prefetch = 1000 });
        return bus;
    }

    private sealed class Caller(Bus bus) : ICaller
    {
        public Task CallAsync(ReadOnlyMemory<byte> body) => bus.CallAsync<int>(CallQueue, 42);

        public int ReplyOctets(Task call) => ((Task<int>)call).Result == 42 ? 2 : 0;

        public ValueTask DisposeAsync() => bus.DisposeAsync();
    }
}
