using Warren.Amqp;
using Warren.Conformance.Fixtures;
using Warren.Engine;

namespace Warren.Conformance;

/// <summary>Alarms and operators as clients see them, on Warren and on RabbitMQ: rows 19, 21, 144 and 145, B107.</summary>
public sealed class AlarmTests(OperatedBrokers brokers) : IClassFixture<OperatedBrokers>, IAsyncDisposable
{
    private static readonly FieldTable s_capable = FieldTable.Create(("connection.blocked", true));

    private readonly string _queue = $"conformance-{Guid.NewGuid():N}";
    private readonly List<RawClient> _clients = [];
    private readonly HashSet<(BrokerKind, Alarms)> _standing = [];

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    public static TheoryData<BrokerKind, Alarms, string> Reasons { get; } = new(
        from kind in new[] { BrokerKind.Warren, BrokerKind.RabbitMq }
        from reason in new[]
        {
            (Alarms.Memory, "low on memory"), (Alarms.Disk, "low on disk"), (Alarms.Memory | Alarms.Disk, "low on memory & disk"),
        }
        select (kind, reason.Item1, reason.Item2));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        foreach (var (kind, alarm) in _standing.ToArray())
            await ClearAsync(kind, alarm);
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Row_145_The_reason_names_every_alarm(BrokerKind kind, Alarms alarms, string reason)
    {
        var client = await OpenAsync(kind);
        await RaiseAsync(kind, alarms);

        await client.PublishAsync(_queue);

        // RabbitMQ has the alarms in a set without an order of its own.
        var told = (await client.ReadAsync<ConnectionBlocked>()).Reason.ToString();
        Assert.Equal(reason, kind == BrokerKind.RabbitMq && told == "low on disk & memory" ? "low on memory & disk" : told);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_144_The_body_of_the_first_publish_waits_for_the_end_of_the_alarm(BrokerKind kind)
    {
        var client = await OpenAsync(kind);
        await client.WriteAsync(frames => frames.WriteMethod(1, default(ConfirmSelect)));
        await client.ReadAsync<ConfirmSelectOk>();
        await RaiseAsync(kind, Alarms.Memory);
        await client.PublishAsync(_queue);
        await client.ReadAsync<ConnectionBlocked>();

        await ClearAsync(kind, Alarms.Memory);

        await client.ReadAsync<ConnectionUnblocked>();
        Assert.Equal(new BasicAck(1, false), await client.ReadAsync<BasicAck>());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_144_The_first_publish_is_taken_when_it_has_no_body_and_everything_behind_it_waits(BrokerKind kind)
    {
        var client = await OpenAsync(kind);
        await client.WriteAsync(frames => frames.WriteMethod(1, default(ConfirmSelect)));
        await client.ReadAsync<ConfirmSelectOk>();
        await client.PublishAsync(_queue, "before the alarm");
        await client.ReadAsync<BasicAck>();
        await RaiseAsync(kind, Alarms.Memory);
        await client.WriteAsync(frames => frames.WriteMethod(1, new QueueDeclare(_queue, Exclusive: true)));
        await client.ReadAsync<QueueDeclareOk>(); // Who does not publish is not stopped.

        await client.WriteAsync(frames =>
        {
            frames.WriteContent(1, new BasicPublish("", _queue), BasicProperties.Empty, ""u8, 131072);
            frames.WriteMethod(1, new QueueDeclare(_queue, Exclusive: true));
        });

        await client.ReadAsync<ConnectionBlocked>();
        Assert.Equal(new BasicAck(2, false), await client.ReadAsync<BasicAck>());
        await RaiseAsync(kind, Alarms.Disk);
        await ClearAsync(kind, Alarms.Memory);
        Assert.False(client.HasReceived); // One alarm is left, and it was told already.
        await ClearAsync(kind, Alarms.Disk);
        await client.ReadAsync<ConnectionUnblocked>();
        Assert.Equal(1u, (await client.ReadAsync<QueueDeclareOk>()).MessageCount);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_145_Consumers_and_those_who_have_just_come_are_not_touched(BrokerKind kind)
    {
        var publisher = await OpenAsync(kind);
        var consumer = await OpenAsync(kind);
        await consumer.WriteAsync(frames =>
        {
            frames.WriteMethod(1, new QueueDeclare(_queue, Exclusive: true));
            frames.WriteMethod(1, new BasicConsume(_queue, "t"));
        });
        await consumer.ReadAsync<QueueDeclareOk>();
        await consumer.ReadAsync<BasicConsumeOk>();
        await RaiseAsync(kind, Alarms.Disk);
        var late = await OpenAsync(kind);

        await publisher.WriteAsync(frames => frames.WriteContent(1, new BasicPublish("", _queue), BasicProperties.Empty, ""u8, 131072));
        await publisher.ReadAsync<ConnectionBlocked>();

        await consumer.ReadAsync<BasicDeliver>();
        Assert.Equal(FrameType.Header, (await consumer.ReadFrameAsync()).Type);
        foreach (var client in new[] { consumer, late })
        {
            await client.WriteAsync(frames => frames.WriteMethod(1, default(BasicQos)));
            await client.ReadAsync<BasicQosOk>();
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_145_A_client_that_does_not_know_the_method_just_stalls(BrokerKind kind)
    {
        var client = await OpenAsync(kind, default(FieldTable));
        await RaiseAsync(kind, Alarms.Memory);
        await client.PublishAsync(_queue);
        await client.WriteAsync(frames => frames.WriteMethod(1, default(BasicQos)));

        var other = await OpenAsync(kind);
        await other.PublishAsync(_queue);
        await other.ReadAsync<ConnectionBlocked>();
        Assert.False(client.HasReceived);

        await ClearAsync(kind, Alarms.Memory);
        await client.ReadAsync<BasicQosOk>();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_acknowledgements_of_a_blocked_connection_wait_with_the_rest_of_it(BrokerKind kind)
    {
        var client = await OpenAsync(kind);
        await client.WriteAsync(frames =>
        {
            frames.WriteMethod(1, new QueueDeclare(_queue, Exclusive: true));
            frames.WriteMethod(1, new BasicQos(0, 1, false));
            frames.WriteMethod(1, new BasicConsume(_queue, "t"));
            for (var i = 0; i < 2; i++)
                frames.WriteContent(1, new BasicPublish("", _queue), BasicProperties.Empty, ""u8, 131072);
        });
        await client.ReadAsync<QueueDeclareOk>();
        await client.ReadAsync<BasicQosOk>();
        await client.ReadAsync<BasicConsumeOk>();
        await client.ReadAsync<BasicDeliver>();
        await client.ReadFrameAsync();
        await RaiseAsync(kind, Alarms.Memory);
        await client.WriteAsync(frames =>
        {
            frames.WriteContent(1, new BasicPublish("", _queue), BasicProperties.Empty, ""u8, 131072);
            frames.WriteMethod(1, new BasicAck(1));
        });
        await client.ReadAsync<ConnectionBlocked>();

        await ClearAsync(kind, Alarms.Memory);

        await client.ReadAsync<ConnectionUnblocked>();
        Assert.Equal(2ul, (await client.ReadAsync<BasicDeliver>()).DeliveryTag);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_19_An_operator_closes_with_320_and_a_reason_a_blocked_connection_too(BrokerKind kind)
    {
        var idle = await OpenAsync(kind);
        var blocked = await OpenAsync(kind);
        await RaiseAsync(kind, Alarms.Memory);
        await blocked.PublishAsync(_queue);
        await blocked.ReadAsync<ConnectionBlocked>();

        await brokers.CloseAllAsync(kind, "maintenance");

        foreach (var client in new[] { idle, blocked })
        {
            var close = await client.ReadAsync<ConnectionClose>();
            Assert.Equal((320, "CONNECTION_FORCED - maintenance"), (close.ReplyCode, close.ReplyText.ToString()));
            Assert.Equal((0, 0), (close.FaultClassId, close.FaultMethodId));
        }
    }

    private async Task<RawClient> OpenAsync(BrokerKind kind, FieldTable? capabilities = null)
    {
        var client = await RawClient.OpenAsync(await brokers.UriOfAsync(kind), capabilities ?? s_capable);
        _clients.Add(client);
        return client;
    }

    private async Task RaiseAsync(BrokerKind kind, Alarms alarms)
    {
        foreach (var alarm in Each(alarms))
        {
            _standing.Add((kind, alarm));
            await brokers.RaiseAsync(kind, alarm);
        }
    }

    private async Task ClearAsync(BrokerKind kind, Alarms alarms)
    {
        foreach (var alarm in Each(alarms))
        {
            await brokers.ClearAsync(kind, alarm);
            _standing.Remove((kind, alarm));
        }
    }

    private static IEnumerable<Alarms> Each(Alarms alarms) => new[] { Alarms.Memory, Alarms.Disk }.Where(alarm => alarms.HasFlag(alarm));
}
