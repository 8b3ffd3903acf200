using Warren.Amqp;
using Warren.Bench.Durable;
using Warren.Client;

namespace Warren.Bench.Store;

/// <summary>Fills a broker, and returns when all of it is on disk.</summary>
internal static class StoreFill
{
    private const int AtOnce = 5000;

    /// <summary>One durable queue with so many persistent messages.</summary>
    public static async Task PublishAsync(Uri broker, int messages, int octets)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync("store", durable: true);
        await channel.EnableConfirmsAsync();
        var body = new byte[octets];
        await RepeatAsync(messages, _ => channel.PublishConfirmedAsync("", "store", body, BasicProperties.Persistent));
    }

    /// <summary>So many durable queues, empty.</summary>
    public static async Task DeclareAsync(Uri broker, int queues)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await RepeatAsync(queues, i => channel.DeclareQueueAsync($"store-{i}", durable: true));
    }

    /// <summary>How many messages the queue has, and that the last of the queues is there.</summary>
    public static async Task CheckAsync(Uri broker, int messages, int queues)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        if (queues > 0) await channel.DeclareQueuePassiveAsync($"store-{queues - 1}");
        if (messages == 0) return;
        var found = (await channel.DeclareQueuePassiveAsync("store")).MessageCount;
        if (found != messages) throw new InvalidDataException($"{messages:N0} messages were confirmed, and {found:N0} are there after the start");
    }

    private static async Task RepeatAsync(int count, Func<int, Task> work)
    {
        var open = new Queue<Task>();
        for (var i = 0; i < count; i++)
        {
            if (open.Count == AtOnce) await open.Dequeue();
            open.Enqueue(work(i));
        }

        await Task.WhenAll(open);
    }
}
