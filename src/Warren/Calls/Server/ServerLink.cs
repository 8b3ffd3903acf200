using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A server on one queue by one channel: the deliveries' way in, the acknowledgements' way out.</summary>
internal sealed class ServerLink(RequestRunner runner, AmqpChannel channel, CallAddress address, string controlQueue, TimeProvider time, Action lost) : IDeliverySink
{
    // A broker that has not confirmed anything for so long, though it has something to confirm, is asked by another channel.
    private static readonly TimeSpan ConfirmPatience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private AmqpChannel? _confirmed; // Written by who has the turn, and by the watch.
    private int _watching;           // 1 while somebody watches it.
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

    /// <summary>
    /// A reply is about to be written. RabbitMQ's channels stand still for a minute when they publish to a quorum queue without a leader, and everything behind
    /// it does; the next channel finds the leader, if there is one again.
    /// </summary>
    public void WatchConfirms(AmqpChannel confirmed)
    {
        if (Volatile.Read(ref _watching) == 0 && Interlocked.Exchange(ref _watching, 1) == 0)
            _ = WatchAsync(confirmed);
    }

    private async Task WatchAsync(AmqpChannel confirmed)
    {
        var before = 0UL;
        do
        {
            await Task.Delay(ConfirmPatience, time).ConfigureAwait(false);
            var oldest = confirmed.OldestUnconfirmed;
            if (oldest == 0)
                break;
            if (oldest == before && !confirmed.Connection.IsBlocked) // An alarm is reason enough.
            {
                Interlocked.CompareExchange(ref _confirmed, null, confirmed);
                confirmed.AbandonConfirms(new AmqpException($"the broker has confirmed nothing for {ConfirmPatience.TotalSeconds:0} s"));
                _ = CloseAsync(confirmed);
                break;
            }
            before = oldest;
        }
        while (confirmed.IsOpen);
        Interlocked.Exchange(ref _watching, 0);
        if (confirmed.IsOpen && confirmed.OldestUnconfirmed != 0 && confirmed == _confirmed)
            WatchConfirms(confirmed); // One that came when nobody was watching any more.
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
