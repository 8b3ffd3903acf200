using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>What a user may not do, in the words of RabbitMQ 3.10: rows 17, 20, 24, 48, 75, 104, 112, 138 and 153.</summary>
public class PermissionTests(LimitedUsers users) : IClassFixture<LimitedUsers>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Attempt[] Attempts =
    [
        new("declaring a queue", MethodId.QueueDeclare, "access to queue 'other' in vhost '/'", c => c.DeclareQueueAsync("other")),
        new("declaring a queue with dead letters elsewhere", MethodId.QueueDeclare, "access to exchange 'other' in vhost '/'",
            c => c.DeclareQueueAsync("my-new", arguments: FieldTable.Create(("x-dead-letter-exchange", "other")))),
        new("declaring a queue with dead letters to the default exchange", MethodId.QueueDeclare, "access to exchange 'amq.default' in vhost '/'",
            c => c.DeclareQueueAsync("my-new", arguments: FieldTable.Create(("x-dead-letter-exchange", "")))),
        new("declaring a queue without a name", MethodId.QueueDeclare, "access to queue 'amq.gen-*' in vhost '/'", c => c.DeclareQueueAsync("")),
        new("deleting a queue", MethodId.QueueDelete, "access to queue 'other' in vhost '/'", c => c.DeleteQueueAsync("other")),
        new("purging a queue", MethodId.QueuePurge, "access to queue 'other' in vhost '/'", c => c.PurgeQueueAsync("other")),
        new("binding a queue", MethodId.QueueBind, "access to queue 'other' in vhost '/'", c => c.BindQueueAsync("other", "my-none")),
        new("binding a queue to an exchange", MethodId.QueueBind, "access to exchange 'other' in vhost '/'", c => c.BindQueueAsync("my-none", "other")),
        new("binding a forbidden queue to the default exchange", MethodId.QueueBind, "access to queue 'other' in vhost '/'", c => c.BindQueueAsync("other", "", "k")),
        new("unbinding a queue", MethodId.QueueUnbind, "access to queue 'other' in vhost '/'", c => c.UnbindQueueAsync("other", "my-none")),
        new("declaring an exchange", MethodId.ExchangeDeclare, "access to exchange 'other' in vhost '/'", c => c.DeclareExchangeAsync("other", "direct")),
        new("declaring a reserved exchange that is there", MethodId.ExchangeDeclare, "access to exchange 'amq.direct' in vhost '/'",
            c => c.DeclareExchangeAsync("amq.direct", "direct", durable: true)),
        new("declaring an exchange with an alternate", MethodId.ExchangeDeclare, "access to exchange 'other' in vhost '/'",
            c => c.DeclareExchangeAsync("my-new", "direct", arguments: FieldTable.Create(("alternate-exchange", "other")))),
        new("deleting an exchange", MethodId.ExchangeDelete, "access to exchange 'other' in vhost '/'", c => c.DeleteExchangeAsync("other")),
        new("binding an exchange", MethodId.ExchangeBind, "access to exchange 'other' in vhost '/'", c => c.BindExchangeAsync("other", "my-none")),
        new("binding an exchange to an exchange", MethodId.ExchangeBind, "access to exchange 'other' in vhost '/'", c => c.BindExchangeAsync("my-none", "other")),
        new("getting", MethodId.BasicGet, "access to queue 'other' in vhost '/'", c => c.GetAsync("other")),
        new("consuming", MethodId.BasicConsume, "access to queue 'other' in vhost '/'", c => c.ConsumeAsync("other", (_, _) => default)),
        new("publishing", MethodId.BasicPublish, "access to exchange 'other' in vhost '/'", c => c.PublishAsync("other", "k", new byte[1]).AsTask()),
        new("publishing to an internal exchange", MethodId.BasicPublish, "access to exchange 'amq.rabbitmq.trace' in vhost '/'",
            c => c.PublishAsync("amq.rabbitmq.trace", "k", new byte[1]).AsTask()),
        new("publishing to the default exchange", MethodId.BasicPublish, "access to exchange 'amq.default' in vhost '/'",
            c => c.PublishAsync("", "my-none", new byte[1]).AsTask()),
        new("publishing with another's key", MethodId.BasicPublish, "access to topic 'other.1' in exchange 'amq.topic' in vhost '/'",
            c => c.PublishAsync("amq.topic", "other.1", new byte[1]).AsTask()),
        new("binding another's key", MethodId.QueueBind, "access to topic '#' in exchange 'amq.topic' in vhost '/'", c => c.BindQueueAsync("my-none", "amq.topic", "#")),
    ];

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    public static TheoryData<BrokerKind, string> Rows { get; } =
        [.. from attempt in Attempts from broker in Enum.GetValues<BrokerKind>() select (broker, attempt.What)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task B87_Row_153_Row_104_Row_138_what_is_not_permitted_is_refused_with_these_words(BrokerKind broker, string what)
    {
        var attempt = Attempts.Single(attempt => attempt.What == what);
        await using var connection = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, users.Limited));
        var channel = await connection.OpenChannelAsync();

        await SwallowAsync(attempt.Make(channel));

        var error = Assert.IsType<ChannelClosedException>(await channel.Closed.WaitAsync(Patience));
        var text = System.Text.RegularExpressions.Regex.Replace(error.Message, "amq\\.gen-[^']+", "amq.gen-*");
        Assert.Equal(($"ACCESS_REFUSED - {attempt.Refused} refused for user '{users.Limited}'", attempt.Blamed), (text, error.Cause));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_permitted_works(BrokerKind broker)
    {
        await using var connection = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, users.Limited));
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        var queue = $"my-{Guid.NewGuid():N}";
        await channel.DeclareQueueAsync(queue, exclusive: true);
        await channel.BindQueueAsync(queue, "amq.topic", $"{users.Limited}.#");
        await channel.PublishConfirmedAsync("amq.topic", $"{users.Limited}.x", new byte[] { 7 });
        Assert.Equal(7, (await channel.GetAsync(queue, noAck: true))!.Body.Span[0]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_17_Row_24_a_virtual_host_that_may_not_be_opened_is_refused_with_these_words(BrokerKind broker)
    {
        Assert.Equal($"NOT_ALLOWED - access to vhost '{users.Closed}' refused for user 'guest'", await RefusalAsync("guest", users.Closed));
        Assert.Equal(
            $"NOT_ALLOWED - access to vhost '{users.Full}' refused for user 'guest': connection limit (0) is reached", await RefusalAsync("guest", users.Full));
        Assert.Equal(
            $"NOT_ALLOWED - connection refused for user '{users.Lonely}': user connection limit (0) is reached", await RefusalAsync(users.Lonely, "/"));
        Assert.Equal($"NOT_ALLOWED - vhost {users.Lonely} not found", await RefusalAsync(users.Lonely, users.Lonely));
        Assert.Equal( // Both would do: the limit comes first.
            $"NOT_ALLOWED - access to vhost '{users.Full}' refused for user '{users.Limited}': connection limit (0) is reached",
            await RefusalAsync(users.Limited, users.Full));

        async Task<string> RefusalAsync(string user, string virtualHost)
        {
            var options = await users.OptionsAsync(broker, user, virtualHost);
            return (await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(options))).Message;
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_48_the_channels_of_a_user_are_limited(BrokerKind broker)
    {
        await using var connection = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, users.Narrow));
        await connection.OpenChannelAsync();

        await SwallowAsync(connection.OpenChannelAsync());

        var error = await connection.Closed.WaitAsync(Patience);
        Assert.Equal($"NOT_ALLOWED - number of channels opened for user '{users.Narrow}' has reached the maximum allowed user limit of (1)", error.Message);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_75_the_queues_of_a_virtual_host_are_limited(BrokerKind broker)
    {
        await using var connection = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, "guest", users.Small));
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync("one", exclusive: true);
        await channel.DeclareQueueAsync("one", exclusive: true);

        await SwallowAsync(channel.DeclareQueueAsync("two", exclusive: true));

        var error = await channel.Closed.WaitAsync(Patience);
        Assert.Equal($"PRECONDITION_FAILED - cannot declare queue 'two': queue limit in vhost '{users.Small}' (1) is reached", error.Message);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_112_an_impersonator_publishes_in_the_name_of_others(BrokerKind broker)
    {
        await using var connection = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, users.Impersonator));
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        var queue = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();

        await channel.PublishConfirmedAsync("", queue, new byte[1], new BasicProperties { UserId = "somebody" });

        Assert.Equal("somebody", (await channel.GetAsync(queue, noAck: true))!.Properties.UserId.ToString());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_156_a_hash_that_RabbitMQ_has_made_lets_in_and_keeps_out(BrokerKind broker)
    {
        var options = await users.OptionsAsync(broker, users.Imported);
        await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(options with { Password = "hunter3" }));
        for (var i = 0; i < 2; i++)
        {
            await using var connection = await AmqpConnection.ConnectAsync(options);
            await connection.OpenChannelAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_20_deleting_a_user_or_a_virtual_host_closes_its_connections(BrokerKind broker)
    {
        var doomedUser = await users.CreateAsync(broker);
        var doomedHost = await users.CreateAsync(broker);
        await using var ofUser = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, doomedUser, doomedUser));
        await using var ofHost = await AmqpConnection.ConnectAsync(await users.OptionsAsync(broker, doomedHost, doomedHost));

        await users.DeleteUserAsync(broker, doomedUser);
        await users.DeleteVirtualHostAsync(broker, doomedHost);

        Assert.Equal($"CONNECTION_FORCED - user '{doomedUser}' is deleted", (await ofUser.Closed.WaitAsync(Patience)).Message);
        var error = await ofHost.Closed.WaitAsync(Patience);
        if (broker == BrokerKind.Warren)
            Assert.Equal($"CONNECTION_FORCED - vhost '{doomedHost}' is deleted", error.Message);
        else if (error is not ConnectionClosedException { ReplyCode: ReplyCode.None }) // In RabbitMQ two processes end it at once, so that it may end without a word.
            Assert.Matches($"^CONNECTION_FORCED - vhost '{doomedHost}' is (deleted|down)$", error.Message);
    }

    private static async Task SwallowAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (AmqpException)
        {
            // What the test asserts is how the channel or the connection ended.
        }
    }

    private sealed record Attempt(string What, MethodId Blamed, string Refused, Func<AmqpChannel, Task> Make);
}
