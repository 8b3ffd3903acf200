using Warren.Client;

namespace Warren.Bench.Peers;

/// <summary>
/// Warren's own calls, with the defaults that an application gets (user code on the thread pool), except for a prefetch that
/// never starves, as the other peers have it; and Warren's own client for the messages.
/// </summary>
internal sealed class WarrenPeer : IMessagePeer
{
    private const string CallQueue = "bench-calls-warren";
    private const string MessageQueue = "bench-messages-warren";

    public string Name => "warren";

    public async Task<ICaller> ConnectCallerAsync(Uri broker) => new WarrenCaller(await Bus.ConnectAsync(broker.ToString()), CallQueue);

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = await Bus.ConnectAsync(broker.ToString());
        await bus.ServeAsync(CallQueue, (ReadOnlyMemory<byte> request) => request, new ServeOptions { Prefetch = 1000 });
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
            return ValueTask.CompletedTask;
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
        public ValueTask PublishAsync(ReadOnlyMemory<byte> body) => channel.PublishAsync("", MessageQueue, body);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}

/// <summary>One bus that calls one queue.</summary>
internal sealed class WarrenCaller(Bus bus, string queue, CallOptions? options = null) : ICaller
{
    public Task CallAsync(ReadOnlyMemory<byte> body) => bus.CallAsync(queue, body, options);

    public int ReplyOctets(Task call) => ((Task<ReadOnlyMemory<byte>>)call).Result.Length;

    public ValueTask DisposeAsync() => bus.DisposeAsync();
}
