using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Where requests of Safe calls go when the broker gives them up. Dead letters keep their key, the service's; from <see cref="ContractTopology.DeadLetters"/>
/// that key leads to a headers exchange, which lets through what died of anything but age: expired requests are of no interest to anybody, and would
/// push out the others when a service is down.
/// </summary>
internal static class DeadRequestQueue
{
    /// <summary>Headers, durable. Matching <c>x-</c> headers needs RabbitMQ 3.10 (https://www.rabbitmq.com/docs/exchanges#headers).</summary>
    public const string Filter = "warren.rpc.dead.filter";

    private const int MostRequests = 10_000;
    private const long MostMs = 7L * 24 * 60 * 60 * 1000;

    private static readonly string[] Reasons = ["delivery_limit", "rejected", "maxlen"];

    /// <summary>For the service whose queue of Safe calls this is.</summary>
    public static async Task DeclareAsync(AmqpConnection connection, string safeQueue, CancellationToken cancellationToken)
    {
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            await ContractTopology.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
            await channel.DeclareExchangeAsync(Filter, "headers", durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
            // Classic: looking at it returns every message to its place, and nobody counts how often that was.
            var arguments = FieldTable.Create(("x-queue-type", "classic"), ("x-max-length", MostRequests), ("x-message-ttl", MostMs));
            await channel.DeclareQueueAsync(DeadRequests.QueueName, durable: true, arguments: arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
            foreach (var reason in Reasons)
            {
                var match = FieldTable.Create(("x-match", "all-with-x"), ("x-first-death-reason", reason));
                await channel.BindQueueAsync(DeadRequests.QueueName, Filter, "", match, cancellationToken).ConfigureAwait(false);
            }
            await channel.BindExchangeAsync(Filter, ContractTopology.DeadLetters, safeQueue, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }
}
