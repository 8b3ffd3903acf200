using System.Diagnostics;
using Warren.Cli.Running;
using Warren.Client;

namespace Warren.Cli.Measure;

/// <summary>What <c>warren bench rpc</c> is to do.</summary>
/// <param name="Connection">Where to.</param>
/// <param name="Queue">The server's queue, or null for one of its own.</param>
/// <param name="InFlight">How many calls are under way at once.</param>
/// <param name="SizeOctets">Of a body.</param>
/// <param name="Serve">Start an echo server, in a connection of its own.</param>
internal sealed record CallLoad(ConnectionOptions Connection, string? Queue, int InFlight, int SizeOctets, bool Serve)
{
    /// <summary>Connects and starts the server. The calls start when the meter runs them.</summary>
    public async Task<RunningCallLoad> StartAsync(Meter meter, CancellationToken cancellationToken)
    {
        var running = new RunningCallLoad(this, meter);
        try
        {
            await running.StartAsync(cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }
}

/// <summary>The connections of a call measurement and its load: loops that await their call and start the next.</summary>
internal sealed class RunningCallLoad(CallLoad load, Meter meter) : IAsyncDisposable
{
    private readonly string _queue = load.Queue ?? $"warren.bench.{Guid.NewGuid():N}";
    private readonly ReadOnlyMemory<byte> _body = new byte[load.SizeOctets];
    private Bus? _serving;
    private Bus? _calling;
    private RpcServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _calling = await Bus.ConnectAsync(load.Connection, cancellationToken: cancellationToken);
        if (!load.Serve)
            return;
        _serving = await Bus.ConnectAsync(load.Connection, cancellationToken: cancellationToken);
        // The server should never be what the calls wait for.
        var options = new ServeOptions { Prefetch = Math.Clamp(load.InFlight, 64, ushort.MaxValue) };
        _server = await Declared.OrAsItIsAsync(
            _queue, queue => _serving.ServeAsync<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(queue, body => body, options, cancellationToken));
    }

    /// <summary>Calls until it is cancelled.</summary>
    public Task CallAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, load.InFlight).Select(i => Task.Run(() => LoopAsync(meter.LaneOf(i), cancellationToken), CancellationToken.None)).ToArray());

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
            await server.StopAsync();
        if (_serving is { } serving)
            await serving.DisposeAsync();
        if (_calling is { } calling)
            await calling.DisposeAsync();
        if (_server is not null && load.Queue is null)
            await Leftovers.DeleteAsync(load.Connection, [_queue], []);
    }

    private async Task LoopAsync(Meter.Lane lane, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await _calling!.CallAsync(_queue, _body, cancellationToken: CancellationToken.None);
            lane.Add(since: start);
        }
    }
}
