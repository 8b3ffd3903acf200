using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>The client's way to tell servers something beside a request. Best effort: what does not arrive, the server's own clock makes up for.</summary>
internal sealed class ServerControl
{
    private readonly SemaphoreSlim _turn = new(1);
    private AmqpChannel? _channel; // Written by who has the turn.

    /// <summary>Tells the servers of a call's address that its caller has cancelled.</summary>
    public void Cancel(CallLink link, IPendingCall call) =>
        _ = TellAsync(link.Connection, ContractTopology.Control, call.Address.RoutingKey, ControlMessage.Cancel(call.Id, link.ReplyTo));

    /// <summary>Tells one server that the caller of a stream takes so many more items, or with <paramref name="credit"/> 0 that it wants no more.</summary>
    public void Grant(CallLink link, CorrelationId id, string controlQueue, int credit) =>
        _ = TellAsync(link.Connection, "", controlQueue, credit > 0 ? ControlMessage.Credit(id, link.ReplyTo, credit) : ControlMessage.Cancel(id, link.ReplyTo));

    /// <summary>Sends to instances; the exchange stands when it leaves.</summary>
    public async Task TellAsync(AmqpConnection connection, string exchange, ShortString routingKey, BasicProperties properties, ReadOnlyMemory<byte> body = default)
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

    // On a channel of its own: an exchange that must not be declared or written to closes the channel, and requests must not go with it.
    private async ValueTask<AmqpChannel> GetChannelAsync(AmqpConnection connection)
    {
        if (_channel is { IsOpen: true } present && present.Connection == connection)
            return present;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_channel is { IsOpen: true } made && made.Connection == connection)
                return made;
            var channel = await connection.OpenChannelAsync().ConfigureAwait(false);
            await ContractTopology.DeclareControlAsync(channel, CancellationToken.None).ConfigureAwait(false);
            return _channel = channel;
        }
        finally
        {
            _turn.Release();
        }
    }
}
