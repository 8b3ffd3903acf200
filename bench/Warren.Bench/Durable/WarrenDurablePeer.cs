using Warren.Amqp;
using Warren.Client;

namespace Warren.Bench.Durable;

/// <summary>Warren.Client with its defaults.</summary>
internal sealed class WarrenDurablePeer : IDurablePeer
{
    private static readonly BasicProperties Transient = new() { DeliveryMode = 1 };

    public string Name => "warren";

    public async Task<IAsyncDisposable> ConsumeAsync(Uri broker, DurableQueue queue, Action onMessage)
    {
        var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await DeclareAsync(channel, queue);
        await channel.SetPrefetchAsync(DurableQueue.Prefetch);
        await channel.ConsumeAsync(queue.Name, (delivery, _) =>
        {
            if (delivery.DeliveryTag % DurableQueue.AckEvery == 0) delivery.Ack(multiple: true);
            onMessage();
            return ValueTask.CompletedTask;
        });
        return connection;
    }

    public async Task<IConfirmedPublisher> ConnectPublisherAsync(Uri broker, DurableQueue queue)
    {
        var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await DeclareAsync(channel, queue);
        await channel.EnableConfirmsAsync();
        return new Publisher(connection, channel, queue.Name);
    }

    private static Task<QueueDeclareOk> DeclareAsync(AmqpChannel channel, DurableQueue queue) =>
        channel.DeclareQueueAsync(queue.Name, durable: true, arguments: FieldTable.Create((DurableQueue.TypeArgument, queue.Type)));

    private sealed class Publisher(AmqpConnection connection, AmqpChannel channel, string queue) : IConfirmedPublisher
    {
        public Task PublishAsync(ReadOnlyMemory<byte> body, bool isPersistent) =>
            channel.PublishConfirmedAsync("", queue, body, isPersistent ? BasicProperties.Persistent : Transient);

        public Task PurgeAsync() => channel.PurgeQueueAsync(queue);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
