using RabbitMQ.Client;

namespace Warren.Bench.Durable;

/// <summary>The official client, which tracks its confirms itself; with no limit of its own to what is on its way, as the load has one.</summary>
internal sealed class RabbitMqDurablePeer : IDurablePeer
{
    public string Name => "rabbitmq-client";

    public async Task<IAsyncDisposable> ConsumeAsync(Uri broker, DurableQueue queue, Action onMessage)
    {
        var connection = await ConnectAsync(broker);
        var channel = await connection.CreateChannelAsync();
        await DeclareAsync(channel, queue);
        await channel.BasicQosAsync(0, DurableQueue.Prefetch, global: false);
        await channel.BasicConsumeAsync(queue.Name, autoAck: false, new Counter(channel, onMessage));
        return connection;
    }

    public async Task<IConfirmedPublisher> ConnectPublisherAsync(Uri broker, DurableQueue queue)
    {
        var connection = await ConnectAsync(broker);
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);
        var channel = await connection.CreateChannelAsync(options);
        await DeclareAsync(channel, queue);
        return new Publisher(connection, channel, queue.Name);
    }

    private static Task<IConnection> ConnectAsync(Uri broker) => new ConnectionFactory { Uri = broker }.CreateConnectionAsync();

    private static Task<QueueDeclareOk> DeclareAsync(IChannel channel, DurableQueue queue) => channel.QueueDeclareAsync(
        queue.Name, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { [DurableQueue.TypeArgument] = queue.Type });

    private sealed class Counter(IChannel channel, Action onMessage) : AsyncDefaultBasicConsumer(channel)
    {
        public override async Task HandleBasicDeliverAsync(string consumerTag, ulong deliveryTag, bool redelivered, string exchange,
            string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            if (deliveryTag % DurableQueue.AckEvery == 0) await Channel.BasicAckAsync(deliveryTag, multiple: true, cancellationToken);
            onMessage();
        }
    }

    private sealed class Publisher(IConnection connection, IChannel channel, string queue) : IConfirmedPublisher
    {
        private static readonly BasicProperties Persistent = new() { DeliveryMode = DeliveryModes.Persistent };
        private static readonly BasicProperties Transient = new() { DeliveryMode = DeliveryModes.Transient };

        public Task PublishAsync(ReadOnlyMemory<byte> body, bool isPersistent) =>
            channel.BasicPublishAsync("", queue, mandatory: false, isPersistent ? Persistent : Transient, body).AsTask();

        public Task PurgeAsync() => channel.QueuePurgeAsync(queue);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
