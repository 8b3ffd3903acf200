using Warren.Bench.Measure;
using Warren.Bench.Peers;
using Warren.Bench.Roles;

namespace Warren.Bench.Compare;

/// <summary>The processes of one pair, alive and warm over all rounds; while another pair is measured they do nothing.</summary>
internal sealed class PairProcesses : IAsyncDisposable
{
    private readonly List<RoleProcess> _all = [];
    private RoleProcess _caller = null!;
    private RoleProcess? _consumer;
    private RoleProcess? _publisher;
    private long _messagesPerSecond = 5_000; // A first guess; the warm-up measures it.

    private PairProcesses(Pair pair) => Pair = pair;

    public Pair Pair { get; }

    public bool HasMessages => _publisher is not null;

    /// <summary>The relay's blocking sockets carry one call at a time.</summary>
    public bool Carries(int inFlight) => inFlight == 1 || Pair.Peer != Pair.Limit.Peer;

    public static async Task<PairProcesses> StartAsync(Pair pair, Uri broker)
    {
        var processes = new PairProcesses(pair);
        try
        {
            await processes.StartRoleAsync("server", broker);
            processes._caller = await processes.StartRoleAsync("caller", broker);
            if (PeerList.Find(pair.Peer) is not IMessagePeer) return processes;
            processes._consumer = await processes.StartRoleAsync("consumer", broker);
            processes._publisher = await processes.StartRoleAsync("publisher", broker);
            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Long enough for the tiered compiler to have replaced what runs often, in every process and in the broker.</summary>
    public async Task WarmUpAsync(double seconds)
    {
        foreach (var inFlight in CallLevels.All.Where(Carries)) await CallAsync(inFlight, seconds);
        if (!HasMessages) return;
        for (var pass = 0; pass < 3; pass++) _messagesPerSecond = (long)await MessagesPerSecondAsync(seconds);
    }

    public Task<CallFigures> CallAsync(int inFlight, double seconds) => _caller.AskAsync<CallFigures>(inFlight, seconds);

    /// <summary>Publishes as many messages as lately went through in that time, and returns how many a second arrived.</summary>
    public async Task<double> MessagesPerSecondAsync(double seconds)
    {
        var count = Math.Max(1_000, (long)(_messagesPerSecond * seconds));
        await _consumer!.WriteLineAsync(count);
        if (await _consumer.ReadLineAsync() != "armed") throw new InvalidOperationException("the consumer is out of step");
        await _publisher!.AskAsync<long>(count);
        return double.Parse(await _consumer.ReadLineAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        // Callers before servers, publishers before consumers: nobody is left waiting for an answer.
        foreach (var process in Enumerable.Reverse(_all)) await process.DisposeAsync();
    }

    private async Task<RoleProcess> StartRoleAsync(string role, Uri broker)
    {
        var process = await RoleProcess.StartAsync(role, Pair.Peer, broker);
        _all.Add(process);
        return process;
    }
}
