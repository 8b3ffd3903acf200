using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// The durable queue that a bus gets the replies of its Safe calls in. It outlives the connection, so replies wait in it until we are back; the broker
/// may lose it all the same, and then it is declared anew, or another one in its place.
/// </summary>
internal sealed class SafeReplyQueue
{
    // How long one that exists may take to be consumed again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly BusOptions _options;
    private readonly string _firstName;
    private int _names = 1;
    private bool _mayExist;

    public SafeReplyQueue(BusOptions options, string busId)
    {
        _options = options;
        _firstName = $"warren.reply.{busId}";
        Name = _firstName;
    }

    /// <summary>Another one each time the queue had to be given up.</summary>
    public ShortString Name { get; private set; }

    /// <summary>
    /// Consumes it on this connection, one caller at a time. Whatever had been sent before may never be replied to when the queue had to be declared
    /// again, since replies may have gone with it.
    /// </summary>
    public async Task<(SafeReplies Replies, bool AreOthersLost)> ConsumeAsync(
        AmqpConnection connection, Func<AmqpChannel, SafeReplies> makeReplies, CancellationToken cancellationToken)
    {
        var isLost = _mayExist;
        _mayExist = true; // As soon as we ask for it: a broker that dies meanwhile may have it, whole or in halves.
        if (isLost)
        {
            using var patience = new CancellationTokenSource(Patience, _options.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                if (await ExistsAsync(connection, either.Token).ConfigureAwait(false))
                    return (await DeclareAndConsumeAsync(connection, makeReplies, either.Token).ConfigureAwait(false), false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Name = $"{_firstName}.{++_names}";
            }
        }
        return (await DeclareAndConsumeAsync(connection, makeReplies, cancellationToken).ConfigureAwait(false), isLost);
    }

    /// <summary>
    /// True when it is gone (deleted, expired, or lost with its broker), or does not answer: a quorum queue of a RabbitMQ that was killed may never get
    /// a leader again, and whoever asks for it waits for a minute, after which his connection is closed. Its replies are lost, as if it were gone.
    /// </summary>
    public async Task<bool> IsLostAsync(AmqpConnection connection)
    {
        using var patience = new CancellationTokenSource(Patience, _options.Time);
        try
        {
            return !await ExistsAsync(connection, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task<bool> ExistsAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
            await channel.DeclareQueuePassiveAsync(Name.ToString(), cancellationToken).ConfigureAwait(false);
            await channel.CloseAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            return false;
        }
    }

    private async Task<SafeReplies> DeclareAndConsumeAsync(AmqpConnection connection, Func<AmqpChannel, SafeReplies> makeReplies, CancellationToken cancellationToken)
    {
        var name = Name.ToString();
        var receiving = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        var arguments = FieldTable.Create(("x-expires", (long)_options.ReplyQueueExpiry.TotalMilliseconds), ("x-queue-type", "quorum"));
        await receiving.DeclareQueueAsync(name, durable: true, arguments: arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        await ContractTopology.DeclareAsync(receiving, cancellationToken).ConfigureAwait(false);
        await ContractTopology.BindNoticesAsync(receiving, name, cancellationToken).ConfigureAwait(false);
        var replies = makeReplies(receiving);
        await receiving.ConsumeAsync(name, replies, new ConsumeOptions(), cancellationToken).ConfigureAwait(false);
        return replies;
    }
}
