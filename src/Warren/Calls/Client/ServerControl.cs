using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>The client's way to tell servers something beside a request. Best effort: what does not arrive, the server's own clock makes up for.</summary>
internal sealed class ServerControl
{
    private readonly SemaphoreSlim _turn = new(1);
    private AmqpChannel? _channel; // Written by who has the turn, as the other.
    private AmqpChannel? _confirmed;

    /// <summary>Tells the servers of a call's address that its caller has cancelled.</summary>
    public void Cancel(CallLink link, IPendingCall call) =>
        _ = TellAsync(link.Connection, ContractTopology.Control, call.Address.Service, ControlMessage.Cancel(call.Id, link.ReplyTo));

    /// <summary>Tells one server that the caller of a stream takes so many more items, or with <paramref name="credit"/> 0 that it wants no more.</summary>
    public void Grant(CallLink link, CorrelationId id, string controlQueue, int credit) =>
        _ = TellAsync(link.Connection, "", controlQueue, credit > 0 ? ControlMessage.Credit(id, link.ReplyTo, credit) : ControlMessage.Cancel(id, link.ReplyTo));

    /// <summary>Sends to instances; the exchange stands when it leaves.</summary>
    private async Task TellAsync(AmqpConnection connection, string exchange, ShortString routingKey, BasicProperties properties, ReadOnlyMemory<byte> body = default)
    {
        try
        {
            var channel = await GetChannelAsync(connection).ConfigureAwait(false);
            await channel.PublishAsync(exchange, routingKey, body, properties).ConfigureAwait(false);
        }
        catch (AmqpException)
        {
            // No connection, or not permitted.
        }
    }

    /// <summary>The channel for what has to be confirmed: a request to all instances, whose caller wants to know when the broker refuses it.</summary>
    /// <exception cref="AmqpException">There is none, or the exchange may not be declared.</exception>
    public async ValueTask<AmqpChannel> GetConfirmedAsync(AmqpConnection connection)
    {
        if (IsFor(connection, _confirmed))
            return _confirmed!;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (IsFor(connection, _confirmed))
                return _confirmed!;
            var channel = await OpenAsync(connection).ConfigureAwait(false);
            await channel.EnableConfirmsAsync().ConfigureAwait(false);
            return _confirmed = channel;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<AmqpChannel> GetChannelAsync(AmqpConnection connection)
    {
        if (IsFor(connection, _channel))
            return _channel!;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            return IsFor(connection, _channel) ? _channel! : _channel = await OpenAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static bool IsFor(AmqpConnection connection, AmqpChannel? channel) => channel is { IsOpen: true } && channel.Connection == connection;

    // On channels of their own: an exchange that must not be declared or written to closes the channel, and requests must not go with it.
    private static async Task<AmqpChannel> OpenAsync(AmqpConnection connection)
    {
        var channel = await connection.OpenChannelAsync().ConfigureAwait(false);
        await ContractTopology.DeclareControlAsync(channel, CancellationToken.None).ConfigureAwait(false);
        return channel;
    }
}
