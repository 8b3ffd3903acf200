using System.Globalization;
using Warren.Bench.Roles;

namespace Warren.Bench.Durable;

/// <summary>A client on a broker's durable queue: what one row of the table measures. Its two processes live over all rounds.</summary>
internal sealed class DurableRow : IAsyncDisposable
{
    private readonly RoleProcess _consumer;
    private readonly RoleProcess _publisher;
    private readonly RoleProcess _single;
    private readonly Dictionary<int, double> _perSecond = []; // By octets; what lately went through.

    private DurableRow(string peer, string broker, RoleProcess consumer, RoleProcess publisher, RoleProcess single) =>
        (Peer, Broker, _consumer, _publisher, _single) = (peer, broker, consumer, publisher, single);

    public string Peer { get; }

    /// <summary>Broker and type of the queue.</summary>
    public string Broker { get; }

    public static async Task<DurableRow> StartAsync(string peer, string broker, Uri uri, string type)
    {
        var started = new List<RoleProcess>();
        try
        {
            foreach (var (role, queue) in ((string, string)[])[("consumer", "load"), ("publisher", "load"), ("publisher", "single")])
            {
                string[] arguments = ["durable-role", role, peer, uri.ToString(), $"bench-{queue}-{peer}-{type}", type];
                started.Add((await RoleProcess.StartAsync("ready", Environment.ProcessPath!, arguments)).Process);
            }
            return new DurableRow(peer, broker, started[0], started[1], started[2]);
        }
        catch
        {
            foreach (var process in started) await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes as many messages as lately went through in that time; returns how many a second were published, confirmed and delivered.</summary>
    public async Task<double> LoadAsync(int octets, double seconds)
    {
        var count = Math.Max(1_000, (long)(_perSecond.GetValueOrDefault(octets, 2_000) * seconds));
        return _perSecond[octets] = await LoadAsync(octets, count);
    }

    /// <summary>Publishes so many messages.</summary>
    public async Task<double> LoadAsync(int octets, long count)
    {
        count = count / DurableQueue.AckEvery * DurableQueue.AckEvery; // All are acknowledged.
        await _consumer.WriteLineAsync(count);
        if (await _consumer.ReadLineAsync() != "armed") throw new InvalidOperationException("the consumer is out of step");
        await _publisher.AskAsync<long>("load", octets, count); // Returns when the last confirm is there.
        return double.Parse(await _consumer.ReadLineAsync(), CultureInfo.InvariantCulture);
    }

    public Task<ConfirmTimes> SingleAsync(int octets, double seconds, bool isPersistent) =>
        _single.AskAsync<ConfirmTimes>("single", octets, seconds, isPersistent ? "persistent" : "transient");

    public async ValueTask DisposeAsync()
    {
        await _single.DisposeAsync();
        await _publisher.DisposeAsync();
        await _consumer.DisposeAsync();
    }

    public override string ToString() => $"{Peer} on {Broker}";
}
