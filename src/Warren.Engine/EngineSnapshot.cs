using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Counts of one queue.</summary>
/// <param name="Name">The queue's name.</param>
/// <param name="Ready">Messages that wait for a consumer.</param>
/// <param name="Unacknowledged">Messages that clients hold.</param>
/// <param name="Consumers">Consumers.</param>
public sealed record QueueSnapshot(ShortString Name, int Ready, int Unacknowledged, int Consumers)
{
    /// <summary>Dead letters that a queue with <c>x-dead-letter-strategy</c> at-least-once keeps, because they have not arrived.</summary>
    public int DeadLetters { get; init; }

    /// <summary>Messages that came back to a queue with <c>x-delayed-retry-type</c>, and wait until they are ready again.</summary>
    public int Delayed { get; init; }
}

/// <summary>Counts of what exists in an engine at one moment; a copy that no step changes.</summary>
/// <param name="Connections">Connections that are open.</param>
/// <param name="Channels">Channels that are open.</param>
/// <param name="Queues">Every queue, in the order of their names' octets.</param>
public sealed record EngineSnapshot(int Connections, int Channels, IReadOnlyList<QueueSnapshot> Queues)
{
    internal static EngineSnapshot Of(VirtualHost host, ConnectionTable connections)
    {
        var connectionCount = 0;
        var channelCount = 0;
        for (var i = 0; i < connections.Length; i++)
        {
            if (connections.At(i) is not { State: ConnectionState.Open } connection)
                continue;
            connectionCount++;
            for (var channel = connection.NextChannel(0); channel is not null; channel = connection.NextChannel(channel.Number + 1))
                channelCount += channel.IsOpen ? 1 : 0;
        }
        var queues = host.Queues.InOrder()
            .ConvertAll(static queue => SnapshotOf(queue));
        return new EngineSnapshot(connectionCount, channelCount, queues);
    }

    private static QueueSnapshot SnapshotOf(Queue queue) => new(queue.Name, queue.ReadyCount, queue.UnacknowledgedCount, queue.Consumers.Count)
    {
        DeadLetters = queue.Keeper?.Letters?.Count ?? 0,
        Delayed = queue.Keeper?.Delayed?.Count ?? 0,
    };
}
