using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Who gets which message, by the arguments of the queue: the same on Warren and on RabbitMQ.</summary>
public class QueueArgumentTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Higher_priorities_come_first_and_what_comes_back_takes_its_place(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true, arguments: FieldTable.Create(("x-max-priority", 5)))).Queue.ToString();
        await PublishAsync("none", null);
        foreach (var (body, priority) in ((string, byte)[])[("0", 0), ("5a", 5), ("9", 9), ("3", 3), ("5b", 5), ("1a", 1)])
            await PublishAsync(body, priority);

        Assert.Equal(["5a", "9", "5b", "3", "1a", "none", "0"], await TakeAsync(7, noAck: false));

        await PublishAsync("5c", 5);
        await PublishAsync("1b", 1);
        channel.Nack(0, requeue: true, multiple: true);
        while ((await channel.DeclareQueuePassiveAsync(queue)).MessageCount < 9)
            await Task.Yield();
        Assert.Equal(["5a", "9", "5b", "5c", "3", "1a", "1b", "none", "0"], await TakeAsync(9, noAck: true));

        async Task PublishAsync(string body, byte? priority) =>
            await channel.PublishConfirmedAsync("", queue, Encoding.UTF8.GetBytes(body), new BasicProperties { Priority = priority });

        async Task<List<string>> TakeAsync(int count, bool noAck)
        {
            var bodies = new List<string>();
            for (var i = 0; i < count; i++)
                bodies.Add(Encoding.UTF8.GetString((await channel.GetAsync(queue, noAck))!.Body.Span));
            return bodies;
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_single_active_consumer_gets_everything_until_the_next_takes_over(BrokerKind broker)
    {
        await using var connection = await ConnectAsync(broker);
        var publisher = await connection.OpenChannelAsync();
        var queue = (await publisher.DeclareQueueAsync(exclusive: true, arguments: FieldTable.Create(("x-single-active-consumer", true)))).Queue.ToString();
        var deliveries = System.Threading.Channels.Channel.CreateUnbounded<(string Consumer, byte Body, bool Redelivered)>();
        var channels = new List<AmqpChannel>();
        foreach (var name in (string[])["first", "second", "third"])
        {
            var channel = await connection.OpenChannelAsync();
            channels.Add(channel);
            await channel.SetPrefetchAsync(2);
            await channel.ConsumeAsync(queue, (delivery, _) =>
            {
                deliveries.Writer.TryWrite((name, delivery.Body.Span[0], delivery.Redelivered));
                return new ValueTask(Task.Delay(Timeout.Infinite, CancellationToken.None)); // It never acknowledges.
            }, new ConsumeOptions { Concurrency = 2 });
        }
        for (var i = 0; i < 3; i++)
            await publisher.PublishAsync("", queue, new[] { (byte)i });

        Assert.Equal([("first", 0, false), ("first", 1, false)], await NextAsync(2));
        Assert.Equal(1u, (await publisher.DeclareQueuePassiveAsync(queue)).MessageCount); // The others are free and get nothing.
        await channels[0].CloseAsync();
        Assert.Equal([("second", 0, true), ("second", 1, true)], await NextAsync(2));
        await channels[1].CloseAsync();
        Assert.Equal([("third", 0, true), ("third", 1, true)], await NextAsync(2));

        async Task<List<(string, byte, bool)>> NextAsync(int count)
        {
            using var patience = new CancellationTokenSource(Patience);
            var next = new List<(string, byte, bool)>();
            while (next.Count < count)
                next.Add(await deliveries.Reader.ReadAsync(patience.Token));
            next.Sort(); // Two handlers run at once.
            return next;
        }
    }

    private async Task<AmqpConnection> ConnectAsync(BrokerKind broker) => await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
}
