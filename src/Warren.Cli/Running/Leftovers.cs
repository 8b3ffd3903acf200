using Warren.Client;

namespace Warren.Cli.Running;

/// <summary>Removes the queues and exchanges that a verb made for itself.</summary>
internal static class Leftovers
{
    public static async Task DeleteAsync(ConnectionOptions options, IEnumerable<string> queues, IEnumerable<string> exchanges)
    {
        try
        {
            await using var connection = await AmqpConnection.ConnectAsync(options);
            var channel = await connection.OpenChannelAsync();
            foreach (var queue in queues)
                await channel.DeleteQueueAsync(queue);
            foreach (var exchange in exchanges)
                await channel.DeleteExchangeAsync(exchange);
        }
        catch (AmqpException)
        {
            // The broker is gone or does not let us: what the verb has shown is true all the same.
        }
    }
}
