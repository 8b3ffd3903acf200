using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;

namespace Warren.Bench.Peers;

/// <summary>
/// The official client, written by hand as its users write it when they care: one connection, a channel that publishes and
/// one that consumes, a long-lived reply queue, a prefetch that never starves, no lock and no wait on the road.
/// </summary>
internal sealed class RabbitMqClientPeer : IMessagePeer
{
    private const string CallQueue = "bench-calls-rabbitmq-client";
    private const string MessageQueue = "bench-messages-rabbitmq-client";

    public string Name => "rabbitmq-client";

    public async Task<ICaller> ConnectCallerAsync(Uri broker)
    {
        var connection = await ConnectAsync(broker);
        var publishing = await connection.CreateChannelAsync();
        var consuming = await connection.CreateChannelAsync();
        var replyQueue = (await consuming.QueueDeclareAsync()).QueueName;
        var caller = new Caller(connection, publishing, consuming, replyQueue);
        await consuming.BasicConsumeAsync(replyQueue, autoAck: true, caller);
        return caller;
    }

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var connection = await ConnectAsync(broker);
        var channel = await connection.CreateChannelAsync();
        await DeclareAsync(channel, CallQueue);
        await channel.BasicQosAsync(0, prefetchCount: 1000, global: false); // More than is ever in flight.
        await channel.BasicConsumeAsync(CallQueue, autoAck: false, new EchoServer(channel));
        return connection;
    }

    public async Task<IAsyncDisposable> ConsumeAsync(Uri broker, Action onMessage)
    {
        var connection = await ConnectAsync(broker);
        var channel = await connection.CreateChannelAsync();
        await DeclareAsync(channel, MessageQueue);
        await channel.BasicConsumeAsync(MessageQueue, autoAck: true, new Counter(channel, onMessage));
        return connection;
    }

    public async Task<IPublisher> ConnectPublisherAsync(Uri broker)
    {
        var connection = await ConnectAsync(broker);
        return new Publisher(connection, await connection.CreateChannelAsync());
    }

    /// <summary>The broker's own name and version, for the head of the report.</summary>
    public static async Task<string> DescribeAsync(Uri broker)
    {
        await using var connection = await ConnectAsync(broker);
        return $"{Property("product")} {Property("version")}";

        string Property(string name) =>
            connection.ServerProperties?.TryGetValue(name, out var value) == true && value is byte[] octets
                ? System.Text.Encoding.UTF8.GetString(octets)
                : "";
    }

    private static Task<IConnection> ConnectAsync(Uri broker) => new ConnectionFactory { Uri = broker }.CreateConnectionAsync();

    /// <summary>Declares it new and empty: what an interrupted run left behind must not be measured.</summary>
    private static async Task DeclareAsync(IChannel channel, string queue)
    {
        await channel.QueueDeleteAsync(queue);
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: true);
    }

    private sealed class Caller(IConnection connection, IChannel publishing, IChannel consuming, string replyQueue)
        : AsyncDefaultBasicConsumer(consuming), ICaller
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<int>> _pending = new();
        private long _lastId; // Through Interlocked only.

        public Task CallAsync(ReadOnlyMemory<byte> body) => CallForLengthAsync(body);

        public int ReplyOctets(Task call) => ((Task<int>)call).Result;

        private async Task<int> CallForLengthAsync(ReadOnlyMemory<byte> body)
        {
            var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
            var reply = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _pending[id] = reply;
            var properties = new BasicProperties { CorrelationId = id, ReplyTo = replyQueue };
            await publishing.BasicPublishAsync("", CallQueue, mandatory: false, properties, body);
            return await reply.Task;
        }

        public override Task HandleBasicDeliverAsync(string consumerTag, ulong deliveryTag, bool redelivered, string exchange,
            string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            if (properties.CorrelationId is { } id && _pending.TryRemove(id, out var reply)) reply.SetResult(body.Length);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    private sealed class EchoServer(IChannel channel) : AsyncDefaultBasicConsumer(channel)
    {
        public override async Task HandleBasicDeliverAsync(string consumerTag, ulong deliveryTag, bool redelivered, string exchange,
            string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            var reply = new BasicProperties { CorrelationId = properties.CorrelationId };
            await Channel.BasicPublishAsync("", properties.ReplyTo!, mandatory: false, reply, body, cancellationToken);
            await Channel.BasicAckAsync(deliveryTag, multiple: false, cancellationToken);
        }
    }

    private sealed class Counter(IChannel channel, Action onMessage) : AsyncDefaultBasicConsumer(channel)
    {
        public override Task HandleBasicDeliverAsync(string consumerTag, ulong deliveryTag, bool redelivered, string exchange,
            string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            onMessage();
            return Task.CompletedTask;
        }
    }

    private sealed class Publisher(IConnection connection, IChannel channel) : IPublisher
    {
        private static readonly BasicProperties None = new();

        public ValueTask PublishAsync(ReadOnlyMemory<byte> body) =>
            channel.BasicPublishAsync("", MessageQueue, mandatory: false, None, body);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
