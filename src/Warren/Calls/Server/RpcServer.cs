using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Serves a queue or a contract, until it is disposed: takes requests, runs the handler, answers, and only then acknowledges. It comes back by itself
/// after a lost connection. Made by <c>bus.ServeAsync</c>.
/// </summary>
public sealed class RpcServer : IAsyncDisposable, IAttachment
{
    private readonly IBusConnection _bus;
    private readonly IReadOnlyList<ServedQueue> _queues;
    private readonly ServeOptions _options;
    private readonly Counters _counters;
    private readonly RequestRunner _runner;
    private readonly ServerInstance _instance;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private List<ServerLink> _links = []; // Written by whoever attaches, one at a time.

    internal RpcServer(IBusConnection bus, IReadOnlyList<ServedQueue> queues, RequestHandler handler, ServeOptions options, TimeProvider time, Counters counters, ILogger log)
    {
        _bus = bus;
        _queues = queues;
        _options = options;
        _time = time;
        _log = log;
        _counters = counters;
        _runner = new RequestRunner(Queue, handler, options, time, counters, log);
        _instance = new ServerInstance(Queue, handler, options, _runner, time, log);
    }

    /// <summary>The queue it serves; of a contract, its address.</summary>
    public string Queue => _queues[0].Address.Name;

    internal MethodStatistics Statistics => _runner.Statistics;

    /// <summary>
    /// Stops in order: no new requests, those that have not started go back to the queue, those that run finish within the drain time
    /// (then their token fires), replies and acknowledgements leave, the channel closes.
    /// </summary>
    /// <param name="drainTime">How long to wait for what runs; null takes <see cref="ServeOptions.DrainTime"/>.</param>
    /// <param name="cancellationToken">Ends the waiting before the drain time does: the tokens of what runs fire then.</param>
    public async Task StopAsync(TimeSpan? drainTime = null, CancellationToken cancellationToken = default)
    {
        await _bus.DetachAsync(this).ConfigureAwait(false);
        var links = _links;
        foreach (var link in links)
            await link.StopConsumingAsync().ConfigureAwait(false);
        _runner.Stop(); // Not before: what is given back to a queue that we still consume comes back at once.
        await _runner.DrainAsync(drainTime ?? _options.DrainTime, cancellationToken).ConfigureAwait(false);
        foreach (var link in links)
        {
            link.Acks.Flush();
            await link.CloseAsync().ConfigureAwait(false);
        }
        await _instance.CloseAsync().ConfigureAwait(false);
        _counters.ServerStopped(Statistics);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await _time.ClosingAsync(StopAsync()).ConfigureAwait(false);

    /// <summary>For logs.</summary>
    public override string ToString() => $"the server of queue '{Queue}'";

    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        foreach (var old in _links) // Of the queues of a contract one may have gone alone.
            await old.CloseAsync().ConfigureAwait(false);
        await _instance.CloseAsync().ConfigureAwait(false);
        await AttachDeadRequestsAsync(connection, cancellationToken).ConfigureAwait(false);
        var channels = new List<AmqpChannel>();
        foreach (var queue in _queues)
        {
            var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
            await queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
            await channel.SetPrefetchAsync(_options.Prefetch, cancellationToken: cancellationToken).ConfigureAwait(false);
            channel.Returns = _runner.ReplyReturned;
            channels.Add(channel);
        }
        // Not before all its queues are there: a server that answers questions can be called.
        var controlQueue = await AttachInstanceAsync(connection, cancellationToken).ConfigureAwait(false);
        _links = [.. _queues.Zip(channels, (queue, channel) => new ServerLink(_runner, channel, queue.Address, controlQueue, _time, () => _bus.Restore(this)))];
        foreach (var link in _links)
            await link.StartConsumingAsync(cancellationToken).ConfigureAwait(false);
    }

    // Without it calls work all the same, but what the broker gives up of Safe calls is gone.
    private async Task AttachDeadRequestsAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        if (_queues.FirstOrDefault(queue => queue.Address.IsContract && queue.Address.Name.EndsWith(SafeCalls.QueueSuffix, StringComparison.Ordinal)) is not { } safe)
            return;
        try
        {
            await DeadRequestQueue.DeclareAsync(connection, safe.Address.Name, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            Log.NoDeadRequests(_log, Queue, e.Message);
        }
    }

    // Without it everything works but cancelling, streams' credit and discovery; a user who may not declare it can serve all the same.
    private async Task<string> AttachInstanceAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await _instance.AttachAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            Log.NoControl(_log, Queue, e.Message);
            return "";
        }
    }
}

/// <summary>A queue that a server takes requests from, and how it comes to be.</summary>
internal sealed record ServedQueue(CallAddress Address, Queue Queue)
{
    public async Task DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        if (Address.IsContract)
            await ContractTopology.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        await Queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        if (Address.IsContract)
            await channel.BindQueueAsync(Address.Name, ContractTopology.Exchange, Address.Name, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
