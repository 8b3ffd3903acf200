using Warren.Client;

namespace Warren.Bench.Peers;

/// <summary>Warren's calls and its client, on any broker, with the defaults an application gets but for the prefetch, which is the same for all.</summary>
internal sealed class WarrenPeer : IMessagePeer
{
    private const string CallQueue = "bench-calls-warren";
    private const string MessageQueue = "bench-messages-warren";

    public string Name => "warren";

    public async Task<ICaller> ConnectCallerAsync(Uri broker) => new WarrenCaller(await Bus.ConnectAsync(broker.ToString()), CallQueue);

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        await bus.ServeAsync(CallQueue, (int n) => n, new ServeOptions { Prefetch = 1000 });
        return bus;
    }

    public async Task<IAsyncDisposable> ConsumeAsync(Uri broker, Action onMessage)
    {
        var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await channel.DeleteQueueAsync(MessageQueue); // What an interrupted run left behind must not be measured.
        await channel.DeclareQueueAsync(MessageQueue, autoDelete: true);
        await channel.ConsumeAsync(MessageQueue, (_, _) =>
        {
            onMessage();
            return default;
        }, new ConsumeOptions { NoAck = true });
        return connection;
    }

    public async Task<IPublisher> ConnectPublisherAsync(Uri broker)
    {
        var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        return new Publisher(connection, await connection.OpenChannelAsync());
    }

    private sealed class Publisher(AmqpConnection connection, AmqpChannel channel) : IPublisher
    {
        private static readonly Amqp.ShortString Key = MessageQueue;

        public ValueTask PublishAsync(ReadOnlyMemory<byte> body) => channel.PublishAsync("", Key, body);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}

/// <summary>Calls with a number of two digits, which is two octets each way.</summary>
internal sealed class WarrenCaller(Bus bus, string queue) : ICaller
{
    public int RightReply => 42;

    public ValueTask<int> CallAsync(ReadOnlyMemory<byte> body) => new(bus.CallAsync<int>(queue, 42));

    public ValueTask DisposeAsync() => bus.DisposeAsync();
}
