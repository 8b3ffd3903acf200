using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>What a request needs to be sent: the channel it leaves by and the queue its reply comes to, which is consumed by another channel on purpose.</summary>
internal record CallLink(ShortString ReplyTo, AmqpChannel Requests)
{
    public AmqpConnection Connection => Requests.Connection;

    /// <summary>False once nothing can be sent by it, or no reply would come.</summary>
    public virtual bool IsUsable => Requests.IsOpen && Connection.IsOpen; // A connection that was lost tells its channels a moment later.

    /// <summary>Closes its channels, except one that brings replies yet.</summary>
    public virtual Task CloseAsync() => CloseAsync(Requests);

    protected static async Task CloseAsync(AmqpChannel channel)
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
}

/// <summary>The link of Fast calls: their reply queue lives no longer than its connection.</summary>
internal sealed record FastLink(ReplyQueue Replies, AmqpChannel Requests) : CallLink(Replies.Name, Requests)
{
    public override bool IsUsable => base.IsUsable && !Replies.HasEnded;

    public override async Task CloseAsync()
    {
        await base.CloseAsync().ConfigureAwait(false);
        if (Replies.HasEnded)
            await CloseAsync(Replies.Channel).ConfigureAwait(false);
    }
}

/// <summary>A link whose requests are confirmed.</summary>
internal record ConfirmedLink(ShortString ReplyTo, AmqpChannel Requests) : CallLink(ReplyTo, Requests)
{
    private int _unconfirmed;

    /// <summary>Requests that were written, or are about to be, and of which the broker has said nothing. Those that the end of the channel caught stay in it.</summary>
    public int Unconfirmed => Volatile.Read(ref _unconfirmed);

    public void Sending() => Interlocked.Increment(ref _unconfirmed);

    public void Settled() => Interlocked.Decrement(ref _unconfirmed);
}

/// <summary>The link of Safe calls: the reply queue outlives it.</summary>
internal sealed record SafeLink(SafeReplies Replies, ShortString ReplyTo, AmqpChannel Requests) : ConfirmedLink(ReplyTo, Requests)
{
    public override bool IsUsable => base.IsUsable && !Replies.HasEnded;

    public override async Task CloseAsync()
    {
        await base.CloseAsync().ConfigureAwait(false);
        if (Replies.HasEnded)
            await CloseAsync(Replies.Channel).ConfigureAwait(false);
    }
}

/// <summary>
/// The queue a bus gets its replies in, for as long as one connection lives: server-named, exclusive, consumed before the first request leaves.
/// </summary>
internal sealed class ReplyQueue(FastCalls calls, CallTable table, AmqpChannel channel, ShortString name, bool isDirect = false) : IDeliverySink
{
    private readonly Lock _gate = new();
    private Task? _binding; // Guarded by _gate.
    private volatile bool _getsNotices;
    private volatile bool _hasEnded;

    public ShortString Name => name;

    /// <summary>The channel that consumes it.</summary>
    public AmqpChannel Channel => channel;

    /// <summary>True once no reply will come any more.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>True once the exchanges of contracts stand, and what the broker drops of our requests comes here, if it is a queue.</summary>
    public bool GetsNotices => _getsNotices;

    /// <summary>Asked for by the first call of a contract; who calls queues only does not need it.</summary>
    public Task BindNoticesAsync()
    {
        lock (_gate)
            return _binding is null or { IsFaulted: true } ? _binding = BindAsync() : _binding;
    }

    /// <summary>An exchange of contracts is gone: the next call of a contract declares it again.</summary>
    public void ForgetNotices()
    {
        lock (_gate)
        {
            _binding = null;
            _getsNotices = false;
        }
    }

    public void Deliver(in InboundDelivery delivery)
    {
        channel.Connection.Expected.Answer();
        table.Receive(delivery);
    }

    public void EndBatch() => table.Schedule();

    public void End(Exception? reason)
    {
        _hasEnded = true;
        calls.RepliesEnded(this, reason);
    }

    private async Task BindAsync()
    {
        var binding = await channel.Connection.OpenChannelAsync().ConfigureAwait(false);
        await ContractTopology.DeclareAsync(binding, CancellationToken.None).ConfigureAwait(false);
        if (!isDirect)
            await ContractTopology.BindNoticesAsync(binding, name.ToString(), CancellationToken.None).ConfigureAwait(false);
        await binding.CloseAsync().ConfigureAwait(false);
        _getsNotices = true;
    }
}
