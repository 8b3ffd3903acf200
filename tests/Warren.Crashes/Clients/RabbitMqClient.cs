using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Warren.Crashes.Clients;

/// <summary>The official client of RabbitMQ: the second opinion.</summary>
internal sealed class RabbitMqClient(IConnection connection) : IClient
{
    public bool IsOpen => connection.IsOpen;

    public static async Task<IClient> ConnectAsync(Uri broker) =>
        new RabbitMqClient(await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false, TopologyRecoveryEnabled = false }.CreateConnectionAsync());

    public async Task<IClientChannel> OpenChannelAsync() =>
        new RabbitMqClientChannel(await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false)));

    public async ValueTask DisposeAsync() => await Lost.UntilAsync(async () =>
    {
        await connection.CloseAsync(TimeSpan.FromSeconds(5));
        await connection.DisposeAsync();
    });
}

internal sealed class RabbitMqClientChannel : IClientChannel
{
    private readonly IChannel _channel;
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<PublishEnd>> _waiting = new(); // By number of publish.
    private readonly ConcurrentDictionary<string, bool> _returned = new();                           // Message ids; their confirm follows.
    private ulong _settled;                                                                          // Everything up to here; owned by the dispatch of the channel.
    private volatile bool _isClosed;

    public RabbitMqClientChannel(IChannel channel)
    {
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishEnd.Confirmed);
        channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, PublishEnd.Refused);
        channel.BasicReturnAsync += (_, returned) =>
        {
            _returned[returned.BasicProperties.MessageId ?? ""] = true;
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) =>
        {
            _isClosed = true;
            foreach (var waiting in _waiting.Values)
                waiting.TrySetResult(PublishEnd.Unknown);
            return Task.CompletedTask;
        };
    }

    public async Task<uint> DeclareQueueAsync(string queue, IReadOnlyDictionary<string, object?> arguments) =>
        (await _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments.ToDictionary())).MessageCount;

    public async Task<uint?> LookAtQueueAsync(string queue)
    {
        try
        {
            return (await _channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
        {
            return null;
        }
    }

    public Task DeclareExchangeAsync(string exchange) => _channel.ExchangeDeclareAsync(exchange, "direct", durable: true);

    public async Task<bool> HasExchangeAsync(string exchange)
    {
        try
        {
            await _channel.ExchangeDeclarePassiveAsync(exchange);
            return true;
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
        {
            return false;
        }
    }

    public Task DeleteQueueAsync(string queue) => _channel.QueueDeleteAsync(queue);

    public Task DeleteExchangeAsync(string exchange) => _channel.ExchangeDeleteAsync(exchange);

    public Task BindAsync(string queue, string exchange, string key) => _channel.QueueBindAsync(queue, exchange, key);

    public async ValueTask<Task<PublishEnd>> PublishAsync(string exchange, string key, byte[] body, byte priority = 0)
    {
        var number = await _channel.GetNextPublishSequenceNumberAsync();
        var end = new TaskCompletionSource<PublishEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[number] = end;
        var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent, Priority = priority, MessageId = IdOf(number) };
        try
        {
            await _channel.BasicPublishAsync(exchange, key, mandatory: true, properties, body);
        }
        catch (Exception e) when (Lost.Is(e))
        {
            end.TrySetResult(PublishEnd.Unknown);
        }
        if (_isClosed)
            end.TrySetResult(PublishEnd.Unknown);
        return end.Task;
    }

    public async Task ConsumeAsync(string queue, int prefetch, Func<Arrival, ValueTask> handler)
    {
        await _channel.BasicQosAsync(0, (ushort)prefetch, global: false);
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, delivery) => handler(new Arrival(delivery.DeliveryTag, delivery.Redelivered, delivery.Body)).AsTask();
        await _channel.BasicConsumeAsync(queue, autoAck: false, consumer);
    }

    public async Task<Arrival?> GetAsync(string queue) =>
        await _channel.BasicGetAsync(queue, autoAck: false) is { } got ? new Arrival(got.DeliveryTag, got.Redelivered, got.Body) : null;

    public ValueTask AckAsync(ulong tag, bool multiple) => _channel.BasicAckAsync(tag, multiple);

    public ValueTask NackAsync(ulong tag, bool requeue) => _channel.BasicNackAsync(tag, multiple: false, requeue);

    private Task Settle(ulong number, bool multiple, PublishEnd end)
    {
        for (var n = multiple ? _settled + 1 : number; n <= number; n++)
        {
            if (_waiting.TryRemove(n, out var waiting))
                waiting.TrySetResult(_returned.TryRemove(IdOf(n), out _) ? PublishEnd.Returned : end);
        }
        if (multiple)
            _settled = Math.Max(_settled, number);
        return Task.CompletedTask;
    }

    private static string IdOf(ulong number) => $"{number}";
}
