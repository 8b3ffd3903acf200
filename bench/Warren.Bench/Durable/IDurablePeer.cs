using Warren.Bench.Peers;

namespace Warren.Bench.Durable;

/// <summary>A client that publishes with confirms to a durable queue and consumes from it.</summary>
internal interface IDurablePeer
{
    /// <summary>The name in the table.</summary>
    string Name { get; }

    /// <summary>Consumes until disposed, and acknowledges every <see cref="DurableQueue.AckEvery"/> deliveries with one method; the callback runs for one message at a time.</summary>
    Task<IAsyncDisposable> ConsumeAsync(Uri broker, DurableQueue queue, Action onMessage);

    Task<IConfirmedPublisher> ConnectPublisherAsync(Uri broker, DurableQueue queue);
}

/// <summary>One connection and one channel that publish with confirms.</summary>
internal interface IConfirmedPublisher : IAsyncDisposable
{
    /// <summary>Publishes to the queue; completes with the confirm.</summary>
    Task PublishAsync(ReadOnlyMemory<byte> body, bool isPersistent);

    /// <summary>Empties the queue.</summary>
    Task PurgeAsync();
}

/// <summary>Every peer by its name.</summary>
internal static class DurablePeers
{
    public static readonly IReadOnlyList<IDurablePeer> All = [new WarrenDurablePeer(), new RabbitMqDurablePeer()];

    public static IDurablePeer Find(string name) => All.First(peer => peer.Name == name);
}
