using System.Collections.Concurrent;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Sends messages and waits for the broker's confirm. Queues and exchanges are declared before their first use on each connection.</summary>
internal sealed class Publisher(IBusConnection bus, BusOptions options)
{
    private const int MostKnownNames = 4096;

    private readonly SemaphoreSlim _turn = new(1);
    private Link? _link; // Written by who has the turn.

    // What was declared: queues and exchanges with all their properties, because another declaration of the same name has to be refused.
    private sealed record Link(AmqpChannel Channel, ConcurrentDictionary<object, bool> Declared);

    public Task SendAsync(Queue queue, Payload body, SendOptions? send, CancellationToken cancellationToken)
    {
        var persistent = send?.IsPersistent ?? queue.IsDurable;
        return LimitAsync(token => PublishAsync("", queue.Name, queue, queue.DeclareAsync, body, persistent, mandatory: true, send, token), cancellationToken);
    }

    public Task PublishAsync(Exchange exchange, string routingKey, Payload body, SendOptions? send, CancellationToken cancellationToken)
    {
        var persistent = send?.IsPersistent ?? false;
        var mandatory = send is not null && send.IsMandatory;
        return LimitAsync(
            token => PublishAsync(exchange.Name, routingKey, exchange, exchange.DeclareAsync, body, persistent, mandatory, send, token), cancellationToken);
    }

    private async Task PublishAsync(
        string exchange, string routingKey, object declared, Func<AmqpChannel, CancellationToken, Task> declare,
        Payload body, bool persistent, bool mandatory, SendOptions? send, CancellationToken cancellationToken)
    {
        var link = await GetLinkAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Declared.ContainsKey(declared))
            await DeclareAsync(link, declared, declare, cancellationToken).ConfigureAwait(false);
        try
        {
            await link.Channel.PublishConfirmedAsync(
                exchange, routingKey, body.ToOctets(), PropertiesOf(body, persistent, send), mandatory, cancellationToken).ConfigureAwait(false);
        }
        catch (MessageReturnedException)
        {
            link.Declared.TryRemove(declared, out _); // Deleted since; the next send declares it again.
            throw;
        }
    }

    private static BasicProperties PropertiesOf(Payload body, bool persistent, SendOptions? send)
    {
        var properties = send?.Properties ?? BasicProperties.Empty;
        return properties with
        {
            ContentType = properties.ContentType ?? body.ContentType?.ToProperty(),
            DeliveryMode = properties.DeliveryMode ?? (persistent ? (byte)2 : null),
        };
    }

    // On a channel of its own: a refused declare closes the channel, and must not take the confirms of others with it.
    private static async Task DeclareAsync(Link link, object what, Func<AmqpChannel, CancellationToken, Task> declare, CancellationToken cancellationToken)
    {
        var channel = await link.Channel.Connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await declare(channel, cancellationToken).ConfigureAwait(false);
        await channel.CloseAsync(cancellationToken).ConfigureAwait(false);
        if (link.Declared.Count >= MostKnownNames)
            link.Declared.Clear();
        link.Declared[what] = true;
    }

    private async ValueTask<Link> GetLinkAsync(CancellationToken cancellationToken)
    {
        if (_link is { Channel.IsOpen: true } present)
            return present;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link is { Channel.IsOpen: true } made)
                return made;
            var connection = await bus.GetConnectionAsync(cancellationToken).ConfigureAwait(false);
            var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
            await channel.EnableConfirmsAsync(cancellationToken).ConfigureAwait(false);
            return _link = new Link(channel, new ConcurrentDictionary<object, bool>());
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task LimitAsync(Func<CancellationToken, Task> publish, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.PublishTimeout, options.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            await publish(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not confirm the message within {RpcException.Show(options.PublishTimeout)}; it may have taken it all the same.", e);
        }
    }
}
