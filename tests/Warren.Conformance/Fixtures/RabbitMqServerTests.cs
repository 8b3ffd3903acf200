using System.Text;
using RabbitMQ.Client;

namespace Warren.Conformance.Fixtures;

/// <summary>The RabbitMQ that other tests compare Warren with does work, and comes back after a stop and after a crash.</summary>
public sealed class RabbitMqServerTests(SharedRabbitMq shared)
{
    [Fact]
    public async Task A_message_published_to_it_can_be_fetched()
    {
        await using var connection = await ConnectAsync(await shared.GetUriAsync());
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        var queue = await channel.QueueDeclareAsync(cancellationToken: Token);

        await channel.BasicPublishAsync("", queue.QueueName, "hello"u8.ToArray(), Token);
        var delivery = await channel.BasicGetAsync(queue.QueueName, autoAck: true, Token);

        Assert.Equal("hello", Encoding.UTF8.GetString(delivery!.Body.Span));
    }

    [Fact]
    public async Task A_durable_queue_survives_a_restart_and_a_crash()
    {
        await using var server = await RabbitMqServer.StartAsync();
        await using (var connection = await ConnectAsync(server.Uri))
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: Token))
            await channel.QueueDeclareAsync("survivor", durable: true, exclusive: false, autoDelete: false, cancellationToken: Token);

        await server.RestartAsync();
        Assert.Equal(0u, await CountMessagesAsync(server.Uri, "survivor"));

        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(0u, await CountMessagesAsync(server.Uri, "survivor"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<uint> CountMessagesAsync(Uri uri, string queue)
    {
        await using var connection = await ConnectAsync(uri);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        return await channel.MessageCountAsync(queue, Token);
    }

    private static Task<IConnection> ConnectAsync(Uri uri) => new ConnectionFactory { Uri = uri }.CreateConnectionAsync(Token);
}
