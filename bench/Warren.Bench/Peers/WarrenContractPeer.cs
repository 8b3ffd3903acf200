namespace Warren.Bench.Peers;

/// <summary>A contract's method instead of a queue: its name in a header, arguments as JSON, a quorum queue, and the broker's word when a request dies.</summary>
internal sealed class WarrenContractPeer : IPeer
{
    public string Name => "warren-contract";

    public async Task<ICaller> ConnectCallerAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        return new Caller(bus, bus.Client<IEcho>());
    }

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        await bus.ServeAsync<IEcho>(new Echo(), new ServeOptions { Prefetch = 1000 });
        return bus;
    }

    private sealed class Echo : IEcho
    {
        public Task<int> Same(int number, CancellationToken cancellationToken) => Task.FromResult(number);
    }

    // A number where the other peers send octets: two digits both ways, as theirs.
    private sealed class Caller(Bus bus, IEcho client) : ICaller
    {
        public Task CallAsync(ReadOnlyMemory<byte> body) => client.Same(42, CancellationToken.None);

        public int ReplyOctets(Task call) => ((Task<int>)call).Result == 42 ? 2 : 0;

        public ValueTask DisposeAsync() => bus.DisposeAsync();
    }
}

/// <summary>What a user writes for a typed call.</summary>
[RpcContract(Name = "bench.echo")]
internal interface IEcho
{
    /// <summary>Gives its argument back.</summary>
    Task<int> Same(int number, CancellationToken cancellationToken);
}
