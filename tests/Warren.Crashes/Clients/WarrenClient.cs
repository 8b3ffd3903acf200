using Warren.Amqp;
using Warren.Client;

namespace Warren.Crashes.Clients;

/// <summary>Warren's own client.</summary>
internal sealed class WarrenClient(AmqpConnection connection) : IClient
{
    public bool IsOpen => connection.IsOpen;

    public static async Task<IClient> ConnectAsync(Uri broker) => new WarrenClient(await AmqpConnection.ConnectAsync(broker.AbsoluteUri));

    public async Task<IClientChannel> OpenChannelAsync()
    {
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        return new WarrenClientChannel(channel);
    }

    public async ValueTask DisposeAsync() => await Lost.UntilAsync(async () => await connection.DisposeAsync());
}

internal sealed class WarrenClientChannel(AmqpChannel channel) : IClientChannel
{
    public async Task<uint> DeclareQueueAsync(string queue, IReadOnlyDictionary<string, object?> arguments) =>
        (await channel.DeclareQueueAsync(queue, durable: true, arguments: FieldTable.From(arguments))).MessageCount;

    public async Task<uint?> LookAtQueueAsync(string queue)
    {
        try
        {
            return (await channel.DeclareQueuePassiveAsync(queue)).MessageCount;
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            return null;
        }
    }

    public Task DeclareExchangeAsync(string exchange) => channel.DeclareExchangeAsync(exchange, "direct", durable: true);

    public async Task<bool> HasExchangeAsync(string exchange)
    {
        try
        {
            await channel.DeclareExchangePassiveAsync(exchange);
            return true;
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            return false;
        }
    }

    public Task DeleteQueueAsync(string queue) => channel.DeleteQueueAsync(queue);

    public Task DeleteExchangeAsync(string exchange) => channel.DeleteExchangeAsync(exchange);

    public Task BindAsync(string queue, string exchange, string key) => channel.BindQueueAsync(queue, exchange, key);

    public ValueTask<Task<PublishEnd>> PublishAsync(string exchange, string key, byte[] body, byte priority = 0) =>
        ValueTask.FromResult(EndOf(channel.PublishConfirmedAsync(exchange, key, body, BasicProperties.Persistent with { Priority = priority }, mandatory: true)));

    public async Task ConsumeAsync(string queue, int prefetch, Func<Arrival, ValueTask> handler)
    {
        await channel.SetPrefetchAsync(prefetch);
        await channel.ConsumeAsync(queue, (delivery, _) => handler(new Arrival(delivery.DeliveryTag, delivery.Redelivered, delivery.Body)));
    }

    public async Task<Arrival?> GetAsync(string queue) =>
        await channel.GetAsync(queue) is { } delivery ? new Arrival(delivery.DeliveryTag, delivery.Redelivered, delivery.Body) : null;

    public ValueTask AckAsync(ulong tag, bool multiple)
    {
        channel.Ack(tag, multiple);
        return ValueTask.CompletedTask;
    }

    public ValueTask NackAsync(ulong tag, bool requeue)
    {
        channel.Nack(tag, requeue);
        return ValueTask.CompletedTask;
    }

    private static async Task<PublishEnd> EndOf(Task confirm)
    {
        try
        {
            await confirm;
            return PublishEnd.Confirmed;
        }
        catch (PublishNackedException)
        {
            return PublishEnd.Refused;
        }
        catch (MessageReturnedException)
        {
            return PublishEnd.Returned;
        }
        catch (Exception e) when (Lost.Is(e))
        {
            return PublishEnd.Unknown;
        }
    }
}
