using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>What a request needs to be sent: the channel it leaves by and the queue its reply comes to, which is consumed by another channel on purpose.</summary>
internal record CallLink(ShortString ReplyTo, AmqpChannel Requests)
{
    public AmqpConnection Connection => Requests.Connection;
}

/// <summary>The link of Fast calls: their reply queue lives no longer than its connection.</summary>
internal sealed record FastLink(ReplyQueue Replies, AmqpChannel Requests) : CallLink(Replies.Name, Requests);

/// <summary>
/// The queue a bus gets its replies in, for as long as one connection lives: server-named, exclusive, consumed before the first request leaves.
/// </summary>
internal sealed class ReplyQueue(FastCalls calls, CallTable table, AmqpConnection connection, ShortString name) : IDeliverySink
{
    private readonly Lock _gate = new();
    private Task? _binding; // Guarded by _gate.
    private volatile bool _getsNotices;

    public ShortString Name => name;

    /// <summary>True once the exchanges of contracts stand, and what the broker drops of our requests comes here.</summary>
    public bool GetsNotices => _getsNotices;

    /// <summary>Asked for by the first call of a contract; who calls queues only does not need it.</summary>
    public Task BindNoticesAsync()
    {
        lock (_gate)
            return _binding is null or { IsFaulted: true } ? _binding = BindAsync() : _binding;
    }

    public void Deliver(in InboundDelivery delivery) => table.Receive(delivery);

    public void EndBatch() => table.Schedule();

    public void End(Exception? reason) => calls.RepliesEnded(this, reason);

    private async Task BindAsync()
    {
        var channel = await connection.OpenChannelAsync().ConfigureAwait(false);
        await ContractTopology.DeclareAsync(channel, CancellationToken.None).ConfigureAwait(false);
        await ContractTopology.BindNoticesAsync(channel, name.ToString(), CancellationToken.None).ConfigureAwait(false);
        await channel.CloseAsync().ConfigureAwait(false);
        _getsNotices = true;
    }
}
