using System.Buffers.Binary;
using Warren.Amqp;
using Warren.Client;

namespace Warren.Bench.Backlog;

/// <summary>Fills one durable queue with numbered messages, and empties it again, looking at every number.</summary>
internal static class BacklogClient
{
    /// <summary>Octets of a body.</summary>
    public const int BodyOctets = 1024;

    private const string QueueName = "backlog";
    private const int Outstanding = 2000; // Less than the connection takes at once: what has to wait for room may be overtaken.
    private const int Prefetch = 1000;
    private const ulong AckEvery = 50;

    /// <summary>Publishes persistent messages and returns when the last is confirmed.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="count">How many.</param>
    /// <param name="every">After so many, <paramref name="sample"/> is called.</param>
    /// <param name="sample">Hears how many are confirmed.</param>
    /// <returns>How often the broker has stopped the publisher.</returns>
    public static async Task<int> FillAsync(Uri broker, long count, long every, Action<long> sample)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var stops = 0;
        connection.BlockedChanged += (isBlocked, _) => stops += isBlocked ? 1 : 0;
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync(QueueName, durable: true);
        await channel.EnableConfirmsAsync();
        var bodies = Enumerable.Range(0, Outstanding).Select(_ => new byte[BodyOctets]).ToArray(); // Each belongs to its message until that is confirmed.
        var open = new Queue<Task>();
        for (var i = 0L; i < count; i++)
        {
            if (open.Count == Outstanding) await open.Dequeue();
            var body = bodies[i % Outstanding];
            BinaryPrimitives.WriteInt64BigEndian(body, i);
            open.Enqueue(channel.PublishConfirmedAsync("", QueueName, body, BasicProperties.Persistent));
            if ((i + 1) % every == 0) sample(i + 1);
        }

        await Task.WhenAll(open);
        return stops;
    }

    /// <summary>How many messages wait.</summary>
    public static async Task<long> CountAsync(Uri broker)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        return (await channel.DeclareQueuePassiveAsync(QueueName)).MessageCount;
    }

    /// <summary>Consumes all messages and acknowledges them, every 50 with one method.</summary>
    /// <exception cref="InvalidDataException">One is missing, or comes where it should not.</exception>
    public static async Task EmptyAsync(Uri broker, long count, long every, Action<long> sample)
    {
        await using var connection = await AmqpConnection.ConnectAsync(broker.ToString());
        var channel = await connection.OpenChannelAsync();
        await channel.SetPrefetchAsync(Prefetch);
        var end = new TaskCompletionSource();
        var next = 0L;
        await channel.ConsumeAsync(QueueName, (delivery, _) =>
        {
            var number = BinaryPrimitives.ReadInt64BigEndian(delivery.Body.Span);
            if (number != next || delivery.Body.Length != BodyOctets) end.TrySetException(new InvalidDataException($"message {number:N0} came where {next:N0} should have"));
            next++;
            if (delivery.DeliveryTag % AckEvery == 0 || next == count) delivery.Ack(multiple: true);
            if (next % every == 0) sample(next);
            if (next == count) end.TrySetResult();
            return ValueTask.CompletedTask;
        });
        await end.Task;
    }
}
