using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>Everything that runs against one broker between its start and its end.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static int s_lanes; // Every channel of this process has its own.

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IClient> _clients = [];
    private readonly List<Task> _running = [];

    /// <summary>False once a connection was lost.</summary>
    public bool IsConnected => _clients.TrueForAll(static client => client.IsOpen);

    /// <summary>Connects, compares what is defined, and begins.</summary>
    public static async Task<Load> BeginAsync(Func<Task<IClient>> connect, Ledger ledger, DefinitionBook book, bool marks, Random random)
    {
        var load = new Load();
        try
        {
            await load.BeginAsync(connect, ledger, book, marks, random, publishers: 2);
            return load;
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }
    }

    /// <summary>After the broker was killed, or to end it in order.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var client in _clients)
            await client.DisposeAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(30));
        _stopping.Dispose();
    }

    private async Task BeginAsync(Func<Task<IClient>> connect, Ledger ledger, DefinitionBook book, bool marks, Random random, int publishers)
    {
        var publishing = await ConnectAsync(connect);
        await Topology.DeclareAsync(await publishing.OpenChannelAsync());
        var definer = new Definer(ledger, book, await ConnectAsync(connect), new Random(random.Next()));
        await definer.CheckAsync();
        Run(() => definer.RunAsync(_stopping.Token));
        var reading = await ConnectAsync(connect);
        foreach (var queue in Topology.Consumed)
            await (await ReaderOfAsync(queue)).ConsumeAsync();
        var polling = await ReaderOfAsync(Topology.Polled);
        Run(() => polling.PollAsync(_stopping.Token));
        for (var i = 0; i < publishers; i++)
        {
            var publisher = new Publisher(ledger, await publishing.OpenChannelAsync(), Interlocked.Increment(ref s_lanes), new Random(random.Next()));
            Run(() => publisher.RunAsync(_stopping.Token));
        }

        async Task<Reader> ReaderOfAsync(string queue) =>
            new(ledger, await reading.OpenChannelAsync(), queue, Interlocked.Increment(ref s_lanes), marks, new Random(random.Next()));
    }

    private async Task<IClient> ConnectAsync(Func<Task<IClient>> connect)
    {
        var client = await connect();
        _clients.Add(client);
        return client;
    }

    private void Run(Func<Task> work) => _running.Add(Task.Run(() => Lost.UntilAsync(work)));
}
