using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>
/// What a client does wrong, and the code, the words, and the method that the broker blames: an interface, since programs match on them.
/// The expected texts are RabbitMQ's, and RabbitMQ is asked too.
/// </summary>
public class ReplyTextTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly string Queue = $"conformance-{Guid.NewGuid():N}";
    private static readonly string SingleActive = $"conformance-{Guid.NewGuid():N}";
    private static readonly string Exchange = $"conformance-{Guid.NewGuid():N}";

    private static readonly string Quorum = $"conformance-{Guid.NewGuid():N}";

    private static readonly FieldTable QuorumArguments = FieldTable.Create(("x-queue-type", "quorum"), ("x-expires", 60_000));

    private static readonly Fault[] Faults =
    [
        new("a queue that is not there", MethodId.QueueDeclare, "NOT_FOUND - no queue 'nope' in vhost '/'", c => c.DeclareQueuePassiveAsync("nope")),
        new("an exchange that is not there", MethodId.ExchangeDeclare, "NOT_FOUND - no exchange 'nope' in vhost '/'", c => c.DeclareExchangePassiveAsync("nope")),
        new("binding to an exchange that is not there", MethodId.QueueBind, "NOT_FOUND - no exchange 'nope' in vhost '/'", c => c.BindQueueAsync(Queue, "nope")),
        new("consuming from a queue that is not there", MethodId.BasicConsume, "NOT_FOUND - no queue 'nope' in vhost '/'", c => c.ConsumeAsync("nope", (_, _) => default)),
        new("getting from a queue that is not there", MethodId.BasicGet, "NOT_FOUND - no queue 'nope' in vhost '/'", c => c.GetAsync("nope")),
        new("purging a queue that is not there", MethodId.QueuePurge, "NOT_FOUND - no queue 'nope' in vhost '/'", c => c.PurgeQueueAsync("nope")),
        new("an empty name before any declare", MethodId.BasicGet, "NOT_FOUND - no previously declared queue", c => c.GetAsync("")),
        new("binding an empty name to the default exchange", MethodId.QueueBind, "NOT_FOUND - no previously declared queue", c => c.BindQueueAsync("", "", "k")),
        new("a reserved queue name", MethodId.QueueDeclare, "ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'", c => c.DeclareQueueAsync("amq.foo")),
        new("a reserved exchange name", MethodId.ExchangeDeclare, "ACCESS_REFUSED - exchange name 'amq.foo' contains reserved prefix 'amq.*'", c => c.DeclareExchangeAsync("amq.foo", "direct")),
        new("declaring the default exchange", MethodId.ExchangeDeclare, "ACCESS_REFUSED - operation not permitted on the default exchange", c => c.DeclareExchangeAsync("", "direct")),
        new("binding to the default exchange", MethodId.QueueBind, "ACCESS_REFUSED - operation not permitted on the default exchange", c => c.BindQueueAsync(Queue, "", "k")),
        new("deleting the default exchange", MethodId.ExchangeDelete, "ACCESS_REFUSED - operation not permitted on the default exchange", c => c.DeleteExchangeAsync("")),
        new("deleting a system exchange", MethodId.ExchangeDelete, "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed", c => c.DeleteExchangeAsync("amq.direct")),
        new("another durability", MethodId.QueueDeclare, $"PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{Queue}' in vhost '/': received 'true' but current is 'false'", c => c.DeclareQueueAsync(Queue, durable: true)),
        new("another auto-delete", MethodId.QueueDeclare, $"PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue '{Queue}' in vhost '/': received 'true' but current is 'false'", c => c.DeclareQueueAsync(Queue, autoDelete: true)),
        new("another argument", MethodId.QueueDeclare, $"PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue '{Queue}' in vhost '/': received the value '1000' of type 'signedint' but current is none", c => c.DeclareQueueAsync(Queue, arguments: FieldTable.Create(("x-message-ttl", 1000)))),
        new("exclusive where it is not", MethodId.QueueDeclare, Cut($"RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{Queue}' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration."), c => c.DeclareQueueAsync(Queue, exclusive: true)),
        new("a queue type that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue 'refused' in vhost '/': \"unsupported queue type 'zzz'\"", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-type", "zzz")))),
        new("a transient quorum queue", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid property 'non-durable' for queue 'refused' in vhost '/'", c => c.DeclareQueueAsync("refused", durable: false, arguments: FieldTable.Create(("x-queue-type", "quorum")))),
        new("an exclusive quorum queue", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid property 'exclusive-owner' for queue 'refused' in vhost '/'", c => c.DeclareQueueAsync("refused", durable: true, exclusive: true, arguments: FieldTable.Create(("x-queue-type", "quorum")))),
        new("an auto-delete quorum queue", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid property 'auto-delete' for queue 'refused' in vhost '/'", c => c.DeclareQueueAsync("refused", durable: true, autoDelete: true, arguments: FieldTable.Create(("x-queue-type", "quorum")))),
        new("a quorum queue without a name", MethodId.QueueDeclare, "PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue", c => c.DeclareQueueAsync("", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")))),
        new("priorities in a quorum queue", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'refused' in vhost '/' of queue type rabbit_quorum_queue", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-max-priority", 5)))),
        new("a delivery limit in a classic queue", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-delivery-limit' for queue 'refused' in vhost '/' of queue type rabbit_classic_queue", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-delivery-limit", 5)))),
        new("a dead-letter strategy that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-dead-letter-strategy' for queue 'refused' in vhost '/': invalid_dlx_strategy", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-dead-letter-strategy", "zzz")))),
        new("a time to live below 0", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'refused' in vhost '/': {value_negative,-1}", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-message-ttl", -1)))),
        new("an overflow that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-overflow' for queue 'refused' in vhost '/': invalid_overflow", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-overflow", "zzz")))),
        new("a dead-letter key without exchange", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' for queue 'refused' in vhost '/': routing_key_but_no_dlx_defined", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-dead-letter-routing-key", "k")))),
        new("an exclusive consumer where one is active at a time", MethodId.BasicConsume, $"ACCESS_REFUSED - queue '{SingleActive}' in vhost '/' in exclusive use", async c =>
        {
            await c.DeclareQueueAsync(SingleActive, exclusive: true, arguments: FieldTable.Create(("x-single-active-consumer", true)));
            await c.ConsumeAsync(SingleActive, (_, _) => default, new ConsumeOptions { Exclusive = true });
        }),
        new("a queue mode that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-queue-mode' for queue 'refused' in vhost '/': \"unsupported queue mode 'zzz'\"", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-mode", "zzz")))),
        new("a queue version that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-queue-version' for queue 'refused' in vhost '/': \"unsupported queue version '3'\"", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-version", 3)))),
        new("a time to live above ten years", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'refused' in vhost '/': {value_too_large,315360000001}", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-message-ttl", 315_360_000_001)))),
        new("a locator that is not there", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-queue-leader-locator' for queue 'refused' in vhost '/': invalid_queue_locator_arg", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-queue-leader-locator", "zzz")))),
        new("a wrong value before another type's argument", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'refused' in vhost '/': {value_negative,-1}", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-max-age", "1D"), ("x-overflow", "zzz"), ("x-message-ttl", -1)))),
        new("two arguments of other types", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-quorum-initial-group-size' for queue 'refused' in vhost '/' of queue type rabbit_classic_queue", c => c.DeclareQueueAsync("refused", durable: true, arguments: FieldTable.Create(("x-quorum-initial-group-size", 1), ("x-max-age", "zzz")))),
        new("another queue type", MethodId.QueueDeclare, $"PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue '{Queue}' in vhost '/': received the value 'quorum' of type 'longstr' but current is none", c => c.DeclareQueueAsync(Queue, arguments: FieldTable.Create(("x-queue-type", "quorum")))),
        new("an offset where there is no stream", MethodId.BasicConsume, $"PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '{Queue}' in vhost '/' of queue type rabbit_classic_queue", c => c.ConsumeAsync(Queue, (_, _) => default, new ConsumeOptions { Arguments = FieldTable.Create(("x-stream-offset", "first")) })),
        new("an expiration above ten years", MethodId.BasicPublish, "PRECONDITION_FAILED - invalid expiration '315360000001': {value_too_large,315360000001}", c => c.PublishAsync("", Queue, default, new BasicProperties { Expiration = "315360000001" }).AsTask()),
        new("a priority above 255", MethodId.QueueDeclare, "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'refused' in vhost '/': {max_value_exceeded,256}", c => c.DeclareQueueAsync("refused", arguments: FieldTable.Create(("x-max-priority", 256)))),
        new("another exchange type", MethodId.ExchangeDeclare, $"PRECONDITION_FAILED - inequivalent arg 'type' for exchange '{Exchange}' in vhost '/': received 'fanout' but current is 'direct'", c => c.DeclareExchangeAsync(Exchange, "fanout")),
        new("deleting a queue in use", MethodId.QueueDelete, $"PRECONDITION_FAILED - queue '{Queue}' in vhost '/' in use", c => c.DeleteQueueAsync(Queue, ifUnused: true)),
        new("deleting an exchange in use", MethodId.ExchangeDelete, $"PRECONDITION_FAILED - exchange '{Exchange}' in vhost '/' in use", c => c.DeleteExchangeAsync(Exchange, ifUnused: true)),
        new("an unknown delivery tag", MethodId.BasicAck, "PRECONDITION_FAILED - unknown delivery tag 99", Do(c => c.Ack(99))),
        new("nacking an unknown delivery tag", MethodId.BasicNack, "PRECONDITION_FAILED - unknown delivery tag 99", Do(c => c.Nack(99, requeue: true))),
        new("publishing to an exchange that is not there", MethodId.BasicPublish, "NOT_FOUND - no exchange 'nope' in vhost '/'", c => c.PublishAsync("nope", "", default).AsTask()),
        new("an expiration that is no number", MethodId.BasicPublish, "PRECONDITION_FAILED - invalid expiration 'abc': no_integer", c => c.PublishAsync("", Queue, default, new BasicProperties { Expiration = "abc" }).AsTask()),
        new("another user's id", MethodId.BasicPublish, "PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'", c => c.PublishAsync("", Queue, default, new BasicProperties { UserId = "bob" }).AsTask()),
        new("an exclusive consumer beside another", MethodId.BasicConsume, $"ACCESS_REFUSED - queue '{Queue}' in vhost '/' in exclusive use", c => c.ConsumeAsync(Queue, (_, _) => default, new ConsumeOptions { Exclusive = true })),
        new("consuming replies with acknowledgement", MethodId.BasicConsume, "PRECONDITION_FAILED - reply consumer cannot acknowledge", c => c.ConsumeAsync("amq.rabbitmq.reply-to", (_, _) => default)),
        new("a direct reply-to without its consumer", MethodId.BasicPublish, "PRECONDITION_FAILED - fast reply consumer does not exist", c => c.PublishAsync("", Queue, default, new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to" }).AsTask()),
    ];

    private static readonly Fault[] ConnectionFaults =
    [
        new("a consumer tag twice", MethodId.BasicConsume, "NOT_ALLOWED - attempt to reuse consumer tag 't'", async c =>
        {
            await c.ConsumeAsync(Queue, (_, _) => default, new ConsumeOptions { ConsumerTag = "t" });
            await c.ConsumeAsync(Queue, (_, _) => default, new ConsumeOptions { ConsumerTag = "t" });
        }),
        new("deleting a quorum queue if it is unused", MethodId.QueueDelete, $"NOT_IMPLEMENTED - cannot delete queue '{Quorum}' in vhost '/'. queue.delete operations with if-unused flag set are not supported by quorum queues", async c =>
        {
            await c.DeclareQueueAsync(Quorum, durable: true, arguments: QuorumArguments);
            await c.DeleteQueueAsync(Quorum, ifUnused: true);
        }),
        new("consuming a quorum queue with one prefetch for the channel", MethodId.BasicConsume, $"NOT_IMPLEMENTED - queue '{Quorum}' in vhost '/' does not support global qos", async c =>
        {
            await c.DeclareQueueAsync(Quorum, durable: true, arguments: QuorumArguments);
            await c.SetPrefetchAsync(5, global: true);
            await c.ConsumeAsync(Quorum, (_, _) => default);
        }),
        new("a method of the server", MethodId.QueueDeclareOk, "COMMAND_INVALID - unimplemented method", Do(c => c.Send(new QueueDeclareOk("q")))),
        new("a method of the connection on a channel", MethodId.ConnectionClose, "COMMAND_INVALID - unimplemented method", Do(c => c.Send(new ConnectionClose(200, "Goodbye")))),
        new("flow-ok unasked", MethodId.ChannelFlowOk, "COMMAND_INVALID - unimplemented method", Do(c => c.Send(new ChannelFlowOk(true)))),
        new("channel.open twice", MethodId.ChannelOpen, "CHANNEL_ERROR - second 'channel.open' seen", Do(c => c.Send(default(ChannelOpen)))),
        new("immediate", MethodId.BasicPublish, "NOT_IMPLEMENTED - immediate=true", Do(c => c.Publish(new BasicPublish("", Queue, Immediate: true), BasicProperties.Empty, default))),
        new("recover without requeue", MethodId.BasicRecover, "NOT_IMPLEMENTED - requeue=false", Do(c => c.Send(new BasicRecover(false)))),
        new("flow off", MethodId.ChannelFlow, "NOT_IMPLEMENTED - active=false", Do(c => c.Send(new ChannelFlow(false)))),
        new("a prefetch size", MethodId.BasicQos, "NOT_IMPLEMENTED - prefetch_size!=0 (5)", Do(c => c.Send(new BasicQos(5)))),
    ];

    public static TheoryData<BrokerKind, string> ChannelRows { get; } = Rows(Faults);

    public static TheoryData<BrokerKind, string> ConnectionRows { get; } = Rows(ConnectionFaults);

    [Theory]
    [MemberData(nameof(ChannelRows))]
    public async Task A_fault_closes_the_channel_with_these_words(BrokerKind broker, string what)
    {
        await using var connection = await PrepareAsync(broker);
        var fault = Faults.Single(fault => fault.What == what);
        var channel = await connection.OpenChannelAsync();

        await SwallowAsync(fault.Commit(channel));

        var error = Assert.IsType<ChannelClosedException>(await channel.Closed.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal((fault.Text, fault.Blamed), (error.Message, error.Cause));
        Assert.True(connection.IsOpen);
    }

    [Theory]
    [MemberData(nameof(ConnectionRows))]
    public async Task A_fault_closes_the_connection_with_these_words(BrokerKind broker, string what)
    {
        await using var connection = await PrepareAsync(broker);
        var fault = ConnectionFaults.Single(fault => fault.What == what);
        var channel = await connection.OpenChannelAsync();

        await SwallowAsync(fault.Commit(channel));

        var error = await connection.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((fault.Text, fault.Blamed), (error.Message, error.Cause));
    }

    // A queue with a consumer and an exchange with a binding, for the faults that need them. They go with this connection.
    private async Task<AmqpConnection> PrepareAsync(BrokerKind broker)
    {
        var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync(Queue);
        await channel.DeclareExchangeAsync(Exchange, "direct");
        await channel.BindQueueAsync(Queue, Exchange);
        await channel.ConsumeAsync(Queue, (_, _) => default, new ConsumeOptions { NoAck = true });
        return connection;
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

    // A reply text holds 255 octets.
    private static string Cut(string text) => text.Length <= 255 ? text : text[..252] + "...";

    private static Func<AmqpChannel, Task> Do(Action<AmqpChannel> action) => channel =>
    {
        action(channel);
        return Task.CompletedTask;
    };

    private static TheoryData<BrokerKind, string> Rows(Fault[] faults) =>
        [.. from fault in faults from broker in Enum.GetValues<BrokerKind>() select (broker, fault.What)];

    private sealed record Fault(string What, MethodId Blamed, string Text, Func<AmqpChannel, Task> Commit);
}
