using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Serves a queue, until it is disposed: takes requests, runs the handler, answers, and only then acknowledges. It comes back by itself
/// after a lost connection. Made by <c>bus.ServeAsync</c>.
/// </summary>
public sealed class RpcServer : IAsyncDisposable, IAttachment
{
    private readonly IBusConnection _bus;
    private readonly Queue _queue;
    private readonly ServeOptions _options;
    private readonly RequestRunner _runner;
    private ServerLink? _link; // Written by whoever attaches, one at a time.

    internal RpcServer(IBusConnection bus, Queue queue, RequestHandler handler, ServeOptions options, TimeProvider time, Counters counters, ILogger log)
    {
        _bus = bus;
        _queue = queue;
        _options = options;
        _runner = new RequestRunner(queue.Name, handler, options, time, counters, log);
    }

    /// <summary>The queue it serves.</summary>
    public string Queue => _queue.Name;

    /// <summary>
    /// Stops in order: no new requests, those that have not started go back to the queue, those that run finish within the drain time
    /// (then their token fires), replies and acknowledgements leave, the channel closes.
    /// </summary>
    /// <param name="drainTime">How long to wait for what runs; null takes <see cref="ServeOptions.DrainTime"/>.</param>
    public async Task StopAsync(TimeSpan? drainTime = null)
    {
        await _bus.DetachAsync(this).ConfigureAwait(false);
        if (_link is not { } link)
            return;
        await link.StopConsumingAsync().ConfigureAwait(false);
        _runner.Stop(); // Not before: what is given back to a queue that we still consume comes back at once.
        await _runner.DrainAsync(drainTime ?? _options.DrainTime).ConfigureAwait(false);
        link.Acks.Flush();
        await link.CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>For logs.</summary>
    public override string ToString() => $"the server of queue '{Queue}'";

    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await _queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        await channel.SetPrefetchAsync(_options.Prefetch, cancellationToken: cancellationToken).ConfigureAwait(false);
        channel.Returns = _runner.ReplyReturned;
        var link = new ServerLink(_runner, channel, () => _bus.Restore(this));
        await link.StartConsumingAsync(_queue.Name, cancellationToken).ConfigureAwait(false);
        _link = link;
    }
}

/// <summary>A server on one channel: the deliveries' way in, the acknowledgements' way out.</summary>
internal sealed class ServerLink(RequestRunner runner, AmqpChannel channel, Action lost) : IDeliverySink
{
    private Consumer? _consumer;
    private volatile bool _stopping;

    public AmqpChannel Channel => channel;

    public AckWindow Acks { get; } = new(channel);

    public async Task StartConsumingAsync(string queue, CancellationToken cancellationToken) =>
        _consumer = await channel.ConsumeAsync(queue, this, new ConsumeOptions(), cancellationToken).ConfigureAwait(false);

    public async Task StopConsumingAsync()
    {
        _stopping = true;
        try
        {
            if (_consumer is not null)
                await _consumer.CancelAsync().ConfigureAwait(false);
        }
        catch (AmqpException)
        {
            // The channel is closed, so nothing is consumed any more.
        }
    }

    public async Task CloseAsync()
    {
        try
        {
            await channel.CloseAsync().ConfigureAwait(false);
        }
        catch (AmqpException)
        {
            // No answer: the connection is going, and the channel with it.
        }
    }

    public void Deliver(in InboundDelivery delivery)
    {
        delivery.Buffer?.Hold();
        runner.Enqueue(new ServerItem(this, delivery.DeliveryTag, Acks.Add(delivery.DeliveryTag), delivery.Redelivered, delivery.Properties, delivery.Body, delivery.Buffer));
    }

    public void EndBatch() => runner.Schedule();

    public void End(Exception? reason)
    {
        if (reason is not null && !_stopping && channel.Connection.IsOpen)
            lost(); // The queue was deleted, or the channel closed: the connection still stands.
    }
}

/// <summary>A request, the channel it came by and its place among the unacknowledged. Properties and body are views of the buffer, which is held.</summary>
internal readonly record struct ServerItem(
    ServerLink Link, ulong DeliveryTag, int Place, bool Redelivered, PropertiesView Properties, ReadOnlyMemory<byte> Body, ReceiveBuffer? Buffer);
