using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A server on one queue by one channel: the deliveries' way in, the acknowledgements' way out.</summary>
internal sealed class ServerLink(RequestRunner runner, AmqpChannel channel, CallAddress address, string controlQueue, TimeProvider time, Action lost) : IDeliverySink
{
    private readonly SemaphoreSlim _turn = new(1);
    private AmqpChannel? _confirmed; // Written by who has the turn.
    private Consumer? _consumer;
    private Arrival? _batch; // When the batch that is read now came: one look at the clocks for all of it. Owned by the reading thread.
    private volatile bool _stopping;

    public AmqpChannel Channel => channel;

    public TimeProvider Time => time;

    public bool IsContract => address.IsContract;

    public ShortString Exchange => address.Exchange;

    public ShortString RoutingKey => address.RoutingKey;

    /// <summary>Where callers of streams send their credit; empty when there is no such queue.</summary>
    public string ControlQueue => controlQueue;

    public AckWindow Acks { get; } = new(channel);

    public async Task StartConsumingAsync(CancellationToken cancellationToken) =>
        _consumer = await channel.ConsumeAsync(address.Name, this, new ConsumeOptions(), cancellationToken).ConfigureAwait(false);

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
        _stopping = true;
        await CloseAsync(channel).ConfigureAwait(false);
        await GiveUpRepliesAsync().ConfigureAwait(false);
    }

    /// <summary>Nobody waits any longer for the confirms of replies.</summary>
    public Task GiveUpRepliesAsync() => _confirmed is { IsOpen: true } confirmed ? CloseAsync(confirmed) : Task.CompletedTask;

    private static async Task CloseAsync(AmqpChannel channel)
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

    /// <summary>The channel for replies that have to be confirmed; made at the first.</summary>
    public async ValueTask<AmqpChannel> GetConfirmedAsync()
    {
        if (_confirmed is { IsOpen: true } present)
            return present;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_confirmed is { IsOpen: true } made)
                return made;
            var confirmed = await channel.Connection.OpenChannelAsync().ConfigureAwait(false);
            await confirmed.EnableConfirmsAsync().ConfigureAwait(false);
            return _confirmed = confirmed;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Deliver(in InboundDelivery delivery)
    {
        delivery.Buffer?.Hold();
        runner.Enqueue(new ServerItem(this, delivery.DeliveryTag, Acks.Add(delivery.DeliveryTag), delivery.Redelivered, delivery.Properties, delivery.Body, delivery.Buffer, _batch ??= Arrival.Now(time)));
    }

    public void EndBatch()
    {
        _batch = null;
        runner.Schedule();
    }

    public void End(Exception? reason)
    {
        if (reason is not null && !_stopping && channel.Connection.IsOpen)
            lost(); // The queue was deleted, or the channel closed: the connection still stands.
    }
}
