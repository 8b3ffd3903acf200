using System.Text;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Row 81, quorum queues that keep their dead letters until these have arrived. How soon they are sent again is the broker's: each test has its own.</summary>
[Collection(nameof(AloneCollection))]
public sealed class KeptLettersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_81_a_letter_that_a_full_queue_refuses_arrives_when_there_is_room(BrokerKind kind)
    {
        await using var broker = await StartAsync(kind);
        await using var connection = await AmqpConnection.ConnectAsync(broker.Uri);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await channel.DeclareExchangeAsync("dlx", "fanout");
        await channel.DeclareQueueAsync("free");
        await channel.DeclareQueueAsync("full", arguments: FieldTable.Create(("x-max-length", 1), ("x-overflow", "reject-publish")));
        foreach (var queue in (string[])["free", "full"])
            await channel.BindQueueAsync(queue, "dlx", "");
        await channel.PublishConfirmedAsync("", "full", "first"u8.ToArray());
        await DeclareSourceAsync(channel, "source", "dlx");

        await KillAsync(channel, "source", "letter");

        var letter = await NextAsync(channel, "free");
        Assert.Equal(("letter", "dlx", "source", false), (Text(letter), letter.Exchange.ToString(), letter.RoutingKey.ToString(), letter.Redelivered));
        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync("source")).MessageCount);
        Assert.Null(await channel.GetAsync("source", noAck: true));
        Assert.Equal("first", Text(await NextAsync(channel, "full")));
        var again = await NextAsync(channel, "full");
        Assert.Equal("letter", Text(again));
        Assert.Equal(HeaderText.Of(letter.Properties.Headers), HeaderText.Of(again.Properties.Headers));
        Assert.Null(await channel.GetAsync("free", noAck: true)); // It has the letter already.
        Assert.Equal(0u, await channel.DeleteQueueAsync("source"));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_81_a_letter_waits_for_its_exchange_and_for_a_route(BrokerKind kind)
    {
        await using var broker = await StartAsync(kind);
        await using var connection = await AmqpConnection.ConnectAsync(broker.Uri);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await DeclareSourceAsync(channel, "source", "later");

        await KillAsync(channel, "source", "letter");
        Assert.Equal(0u, await channel.PurgeQueueAsync("source")); // Until 4.2 it does not touch letters.
        await channel.DeclareExchangeAsync("later", "direct");
        await channel.DeclareQueueAsync("dead");
        await channel.BindQueueAsync("dead", "later", "source");

        Assert.Equal("letter", Text(await NextAsync(channel, "dead")));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_81_Row_78_letters_count_towards_the_limit_of_their_queue(BrokerKind kind)
    {
        await using var broker = await StartAsync(kind);
        await using var connection = await AmqpConnection.ConnectAsync(broker.Uri);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await DeclareSourceAsync(channel, "source", "later", ("x-max-length", 2));
        for (var i = 0; i < 2; i++)
            await KillAsync(channel, "source", $"{i}");
        Assert.Equal(0u, (await channel.DeclareQueuePassiveAsync("source")).MessageCount);

        // One message at a time is never too many, but for the letters. RabbitMQ takes some messages beyond a limit.
        using var patience = new CancellationTokenSource(Patience);
        while (await TakesAsync(channel, patience.Token))
            await channel.PurgeQueueAsync("source", patience.Token);

        await channel.DeclareExchangeAsync("later", "fanout");
        await channel.DeclareQueueAsync("dead");
        await channel.BindQueueAsync("dead", "later", "");
        Assert.Equal(["0", "1"], [Text(await NextAsync(channel, "dead")), Text(await NextAsync(channel, "dead"))]);
        while (!await TakesAsync(channel, patience.Token))
        {
        }
    }

    private static async Task<bool> TakesAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            await channel.PublishConfirmedAsync("", "source", default, cancellationToken: cancellationToken);
            return true;
        }
        catch (PublishNackedException)
        {
            return false;
        }
    }

    private static async Task DeclareSourceAsync(AmqpChannel channel, string name, string exchange, params (string, object?)[] arguments) =>
        await channel.DeclareQueueAsync(name, durable: true, arguments: FieldTable.Create(
        [
            ("x-queue-type", "quorum"), ("x-dead-letter-strategy", "at-least-once"), ("x-overflow", "reject-publish"), ("x-dead-letter-exchange", exchange),
            .. arguments,
        ]));

    private static async Task KillAsync(AmqpChannel channel, string queue, string body)
    {
        await channel.PublishConfirmedAsync("", queue, Encoding.UTF8.GetBytes(body));
        (await NextAsync(channel, queue, noAck: false)).Nack(requeue: false);
    }

    private static async Task<Delivery> NextAsync(AmqpChannel channel, string queue, bool noAck = true)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await channel.GetAsync(queue, noAck, patience.Token) is { } delivery)
                return delivery;
        }
    }

    private static string Text(Delivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    private static async Task<Broker> StartAsync(BrokerKind kind)
    {
        if (kind == BrokerKind.Warren)
            return new Broker(await WarrenBroker.StartAsync(new BrokerOptions { DeadLetterRetryTime = TimeSpan.FromMilliseconds(500) }), null);
        var rabbitMq = await RabbitMqServer.StartAsync();
        await rabbitMq.ControlAsync("eval", "application:set_env(rabbit, dead_letter_worker_publisher_confirm_timeout, 500).");
        return new Broker(null, rabbitMq);
    }

    private sealed record Broker(WarrenBroker? Warren, RabbitMqServer? RabbitMq) : IAsyncDisposable
    {
        public string Uri => (RabbitMq?.Uri ?? Warren!.Uri).ToString();

        public async ValueTask DisposeAsync()
        {
            if (Warren is not null)
                await Warren.DisposeAsync();
            if (RabbitMq is not null)
                await RabbitMq.DisposeAsync();
        }
    }
}
