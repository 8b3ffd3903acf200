using Warren.Amqp;

namespace Warren.Client;

/// <summary>Hands deliveries to an application's handler, off the thread that reads.</summary>
internal sealed class HandlerSink(AmqpChannel channel, Func<Delivery, CancellationToken, ValueTask> handler, ConsumeOptions options)
    : DispatchQueue<Delivery>(options.Concurrency), IDeliverySink
{
    private readonly CancellationTokenSource _ending = new();

    public void Deliver(in InboundDelivery delivery) => Enqueue(delivery.ToOwned());

    public void EndBatch() => Schedule();

    public void End(Exception? reason)
    {
        // A pool thread: the token's callbacks and the notice are the application's code.
        ThreadPool.UnsafeQueueUserWorkItem(
            static state =>
            {
                state.sink._ending.Cancel();
                if (state.reason is not null)
                    state.ended?.Invoke(state.reason);
            },
            (sink: this, reason, ended: options.Ended),
            preferLocal: false);
    }

    protected override async ValueTask ProcessAsync(Delivery item)
    {
        try
        {
            await handler(item, _ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The consumer has ended; the broker delivers the message again.
        }
        catch (Exception e)
        {
            Fail(item, e);
        }
    }

    private void Fail(Delivery delivery, Exception failure)
    {
        var giveBack = !options.NoAck && !delivery.Redelivered;
        Log.HandlerFailed(channel.Connection.Log, failure, options.ConsumerTag, options.NoAck ? "lost, as the consumer does not acknowledge" : giveBack ? "given back once" : "kept unacknowledged");
        if (giveBack)
            delivery.Nack(requeue: true);
    }
}
