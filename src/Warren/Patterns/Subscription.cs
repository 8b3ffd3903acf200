using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Messages on their way to a handler, until it is disposed. It comes back by itself after a lost connection.</summary>
public sealed class Subscription : IAsyncDisposable, IAttachment
{
    private static readonly TimeSpan PauseAfterFailedMove = TimeSpan.FromSeconds(1);

    private readonly Bus _bus;
    private readonly IMessageSource _source;
    private readonly Func<Message, CancellationToken, Task> _handler;
    private readonly ReceiveOptions _options;
    private AmqpChannel? _channel; // Written by whoever attaches, one at a time.
    private Consumer? _consumer;
    private volatile bool _stopping;

    private Subscription(Bus bus, IMessageSource source, Func<Message, CancellationToken, Task> handler, ReceiveOptions options)
    {
        _bus = bus;
        _source = source;
        _handler = handler;
        _options = options;
    }

    /// <summary>
    /// Takes no further messages, waits for handlers that run (at most <see cref="ReceiveOptions.DrainTime"/>) and closes the channel; what
    /// was not done goes back to the queue.
    /// </summary>
    public async ValueTask DisposeAsync() => await _bus.Options.Time.ClosingAsync(StopAsync()).ConfigureAwait(false);

    private async Task StopAsync()
    {
        _stopping = true;
        await ((IBusConnection)_bus).DetachAsync(this).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(_options.DrainTime, _bus.Options.Time);
        try
        {
            if (_consumer is not null)
                await _consumer.CancelAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The handlers take too long; their messages go back with the channel.
        }
        if (_channel is not null)
            await _channel.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>For logs.</summary>
    public override string ToString() => $"the subscription to {_source.Description}";

    internal static async Task<Subscription> StartAsync(
        Bus bus, IMessageSource source, Func<Message, CancellationToken, Task> handler, ReceiveOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ReceiveOptions();
        options.Check();
        var subscription = new Subscription(bus, source, handler, options);
        await ((IBusConnection)bus).AttachAsync(subscription, cancellationToken).ConfigureAwait(false);
        return subscription;
    }

    async Task IAttachment.AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        var queue = await _source.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        await channel.SetPrefetchAsync(_options.Prefetch ?? _source.DefaultPrefetch, cancellationToken: cancellationToken).ConfigureAwait(false);
        var consume = new ConsumeOptions { Concurrency = _options.Concurrency, Ended = _ => Ended(channel) };
        _consumer = await channel.ConsumeAsync(queue, (delivery, token) => HandleAsync(queue, delivery, token), consume, cancellationToken).ConfigureAwait(false);
        _channel = channel;
    }

    private void Ended(AmqpChannel channel)
    {
        if (!_stopping && channel.Connection.IsOpen)
            ((IBusConnection)_bus).Restore(this); // The queue was deleted, or the channel closed: the connection still stands.
    }

    private async ValueTask HandleAsync(string queue, Delivery delivery, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return; // The broker has taken it back already: to handle it now is to handle it twice.
        try
        {
            await _handler(new Message(delivery), cancellationToken).ConfigureAwait(false);
            delivery.Ack();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The consumer has ended, and with it the delivery: the broker delivers the message again.
        }
        catch (Exception e)
        {
            await FailAsync(queue, delivery, e).ConfigureAwait(false);
        }
    }

    private async Task FailAsync(string queue, Delivery delivery, Exception failure)
    {
        if (_source.FailedQueue is not { } failedQueue)
        {
            Warren.Log.MessageLost(_bus.Log, failure, _source.Description);
            delivery.Ack();
        }
        else if (failure is not UndecodableException && !delivery.Redelivered)
        {
            Warren.Log.MessageGivenBack(_bus.Log, failure, queue);
            delivery.Nack(requeue: true);
        }
        else
            await MoveAsync(queue, delivery, failedQueue, failure).ConfigureAwait(false);
    }

    // The message is acknowledged only when the other queue has it for sure.
    private async Task MoveAsync(string queue, Delivery delivery, Queue failedQueue, Exception failure)
    {
        try
        {
            var headers = delivery.Properties.Headers.ToDictionary();
            headers["failed-reason"] = failure.Message;
            var properties = delivery.Properties.ToProperties() with { Headers = FieldTable.From(headers), Expiration = null };
            await _bus.SendAsync(failedQueue, delivery.Body, new SendOptions { Properties = properties }).ConfigureAwait(false);
            delivery.Ack();
            Warren.Log.MessageMoved(_bus.Log, failure, queue, failedQueue.Name);
        }
        catch (Exception e) when (e is AmqpException or TimeoutException)
        {
            Warren.Log.MoveFailed(_bus.Log, e, failedQueue.Name);
            await Task.Delay(PauseAfterFailedMove, _bus.Options.Time).ConfigureAwait(false); // Given back, but not as fast as it can fail.
            delivery.Nack(requeue: true);
        }
    }
}
