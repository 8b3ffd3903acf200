using Warren.Amqp;

namespace Warren.Client;

/// <summary>A running consumer. Disposing it cancels it.</summary>
public sealed class Consumer : IAsyncDisposable
{
    private readonly AmqpChannel _channel;
    private readonly IDeliverySink _sink;
    private readonly ShortString _tag;

    internal Consumer(AmqpChannel channel, ShortString tag, IDeliverySink sink)
    {
        _channel = channel;
        _sink = sink;
        _tag = tag;
        ConsumerTag = tag.ToString();
    }

    /// <summary>The tag by which the broker knows it.</summary>
    public string ConsumerTag { get; }

    /// <summary>
    /// Asks the broker for no further deliveries and completes when it has agreed. Handlers that run go on; deliveries that have arrived
    /// and whose handler has not started are still handled. The channel stays open, so that they can acknowledge.
    /// </summary>
    public async Task CancelAsync(CancellationToken cancellationToken = default)
    {
        if (!_channel.IsOpen)
            return;
        try
        {
            await _channel.CancelConsumerAsync(_tag, cancellationToken).ConfigureAwait(false);
        }
        catch (AmqpException) when (!_channel.IsOpen)
        {
            return;
        }
        if (_channel.Inbox.RemoveConsumer(_tag))
            await WhenIdleAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="CancelAsync"/>
    public async ValueTask DisposeAsync() => await CancelAsync().ConfigureAwait(false);

    private async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        if (_sink is IDrainable drainable)
            await drainable.WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        _sink.End(null);
    }
}
