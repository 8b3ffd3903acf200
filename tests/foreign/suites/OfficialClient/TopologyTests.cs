using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Warren.Suites;

/// <summary>Exchanges, queues and bindings: declared, looked for, bound both ways, emptied, deleted.</summary>
internal sealed class TopologyTests : Suite
{
    public async Task Exchanges_of_all_types_route()
    {
        var channel = await OpenAsync();
        foreach (var (type, key, arguments, headers) in new (string, string, Dictionary<string, object?>?, Dictionary<string, object?>?)[]
        {
            (ExchangeType.Direct, "key", null, null),
            (ExchangeType.Fanout, "any", null, null),
            (ExchangeType.Topic, "a.*.#", null, null),
            (ExchangeType.Headers, "", new() { ["x-match"] = "all", ["n"] = 7 }, new() { ["n"] = 7 }),
        })
        {
            var (exchange, queue) = ($"{Name}-{type}", $"{Name}-{type}");
            await channel.ExchangeDeclareAsync(exchange, type, durable: true, autoDelete: true);
            await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: false);
            await channel.QueueBindAsync(queue, exchange, key, arguments);
            await channel.BasicPublishAsync(exchange, type == ExchangeType.Topic ? "a.b.c.d" : key, mandatory: true, new BasicProperties { Headers = headers }, "m"u8.ToArray());
            await UntilCountAsync(channel, queue, 1);
        }
    }

    public async Task Exchanges_bind_to_exchanges_and_unbind()
    {
        var channel = await OpenAsync();
        await channel.ExchangeDeclareAsync($"{Name}-from", ExchangeType.Topic, autoDelete: true);
        await channel.ExchangeDeclareAsync($"{Name}-to", ExchangeType.Fanout, autoDelete: true);
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, $"{Name}-to", "");
        await channel.ExchangeBindAsync($"{Name}-to", $"{Name}-from", "in.#");
        await channel.BasicPublishAsync($"{Name}-from", "in.1", "m"u8.ToArray());
        await UntilCountAsync(channel, queue, 1);

        await channel.ExchangeDeclareAsync($"{Name}-kept", ExchangeType.Fanout, autoDelete: true);
        await channel.ExchangeBindAsync($"{Name}-kept", $"{Name}-from", "x"); // Keeps the source, which deletes itself.
        await channel.ExchangeUnbindAsync($"{Name}-to", $"{Name}-from", "in.#");
        await channel.BasicPublishAsync($"{Name}-from", "in.2", "m"u8.ToArray());
        Same(1u, await channel.QueuePurgeAsync(queue));

        await channel.QueueUnbindAsync(queue, $"{Name}-to", "", null);
        await ExpectCloseAsync(() => channel.ExchangeDeclarePassiveAsync($"{Name}-to"), 404, $"no exchange '{Name}-to' in vhost '/'");
    }

    public async Task Passive_declares_find_and_miss()
    {
        var connection = await ConnectAsync();
        var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Name, durable: false, exclusive: true, autoDelete: false);
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        await UntilCountAsync(channel, Name, 1);
        Same(1u, (await channel.QueueDeclarePassiveAsync(Name)).MessageCount);
        await channel.ExchangeDeclarePassiveAsync("amq.direct");
        await ExpectCloseAsync(() => channel.QueueDeclarePassiveAsync($"{Name}-none"), 404, $"no queue '{Name}-none' in vhost '/'");
        channel = await connection.CreateChannelAsync();
        await ExpectCloseAsync(() => channel.ExchangeDeclarePassiveAsync($"{Name}-none"), 404, $"no exchange '{Name}-none' in vhost '/'");
    }

    public async Task Redeclare_with_other_arguments_is_refused()
    {
        var connection = await ConnectAsync();
        var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Name, false, true, false, new Dictionary<string, object?> { ["x-max-length"] = 5 });
        await ExpectCloseAsync(
            () => channel.QueueDeclareAsync(Name, false, true, false, new Dictionary<string, object?> { ["x-max-length"] = 6 }), 406, "inequivalent arg 'x-max-length'");
        channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Direct, autoDelete: true);
        await ExpectCloseAsync(() => channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, autoDelete: true), 406, "inequivalent arg 'type'");
        channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeleteAsync(Name);
    }

    public async Task Purge_and_delete_count()
    {
        var channel = await OpenAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync(Name, durable: true, exclusive: false, autoDelete: false);
        for (var i = 0; i < 3; i++)
            await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        Same(3u, await channel.MessageCountAsync(Name));
        Same(0u, await channel.ConsumerCountAsync(Name));
        Same(3u, await channel.QueuePurgeAsync(Name));
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        Same(1u, await channel.QueueDeleteAsync(Name));
        Same(0u, await channel.QueueDeleteAsync(Name));
    }

    public async Task Delete_if_unused_and_if_empty_are_refused()
    {
        var connection = await ConnectAsync();
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync(Name, durable: false, exclusive: true, autoDelete: false);
        await channel.BasicPublishAsync("", Name, "m"u8.ToArray());
        await ExpectCloseAsync(() => channel.QueueDeleteAsync(Name, false, ifEmpty: true), 406, $"queue '{Name}' in vhost '/' not empty");
        channel = await connection.CreateChannelAsync();
        var consuming = await connection.CreateChannelAsync();
        await consuming.BasicConsumeAsync(Name, true, new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(consuming));
        await ExpectCloseAsync(() => channel.QueueDeleteAsync(Name, ifUnused: true, false), 406, $"queue '{Name}' in vhost '/' in use");
    }

    public async Task Nowait_declares_bind_and_delete()
    {
        var channel = await OpenAsync();
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Direct, durable: false, autoDelete: false, noWait: true);
        await channel.QueueDeclareAsync(Name, false, true, false, noWait: true);
        await channel.QueueBindAsync(Name, Name, "k", noWait: true);
        await channel.BasicPublishAsync(Name, "k", "m"u8.ToArray());
        await UntilCountAsync(channel, Name, 1);
        await channel.ExchangeDeleteAsync(Name, noWait: true);
        await channel.QueueDeleteAsync(Name, false, false, noWait: true);
        await ExpectCloseAsync(() => channel.QueueDeclarePassiveAsync(Name), 404, $"no queue '{Name}'");
    }

    private static async Task ExpectCloseAsync(Func<Task> act, ushort code, string text)
    {
        try
        {
            await act();
        }
        catch (OperationInterruptedException e)
        {
            Same(code, e.ShutdownReason!.ReplyCode);
            Check(e.ShutdownReason.ReplyText.Contains(text, StringComparison.Ordinal), $"'{text}' in '{e.ShutdownReason.ReplyText}'");
            return;
        }
        throw new InvalidOperationException($"expected a close with {code}");
    }

    private static async Task UntilCountAsync(IChannel channel, string queue, uint count)
    {
        for (var i = 0; await channel.MessageCountAsync(queue) != count; i++)
        {
            Check(i < 1000, $"{count} messages in {queue}");
            await Task.Delay(10);
        }
    }
}
