using System.Net.Sockets;
using RabbitMQ.Client.Exceptions;
using Warren.Client;

namespace Warren.Crashes.Clients;

/// <summary>What the clients throw when the broker dies under them.</summary>
internal static class Lost
{
    public static bool Is(Exception e) =>
        e is AmqpException or RabbitMQClientException or IOException or SocketException or OperationCanceledException or ObjectDisposedException or TimeoutException;

    /// <summary>Runs until the broker is gone.</summary>
    public static async Task UntilAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (Is(e))
        {
            // Killing it is what this is about.
        }
    }
}
