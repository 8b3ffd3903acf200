using System.Runtime.CompilerServices;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Requests of Safe calls that were given up: their callers were told, and the requests wait in the queue <see cref="QueueName"/> for somebody who looks
/// at them, sends them again or drops them. The queue holds the last 10,000, for 7 days; requests that merely expired are not kept. It is there from
/// when the first contract was served.
/// </summary>
public static class DeadRequests
{
    /// <summary>The queue.</summary>
    public const string QueueName = "warren.rpc.dead";

    /// <summary>All that wait, the oldest first. They stay where they are; while this runs, nobody else sees them.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="service">A contract's address; null for all.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ChannelClosedException">404: there is no such queue, because no contract was ever served.</exception>
    public static async IAsyncEnumerable<DeadRequest> ListDeadRequestsAsync(
        this Bus bus, string? service = null, int most = int.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var (_, request) in GetAsync(bus, service, most, looks: true, cancellationToken).ConfigureAwait(false))
            yield return request;
    }

    /// <summary>
    /// Sends requests to their service again, the oldest first, under their old id: a server that has answered it before does not run it again. The
    /// request does not expire while it waits for a server, and there it has its old timeout anew. The reply goes to the caller if it is still there.
    /// Each leaves this queue only when the broker has confirmed it in the other.
    /// </summary>
    /// <returns>How many.</returns>
    /// <inheritdoc cref="ListDeadRequestsAsync"/>
    /// <exception cref="MessageReturnedException">The service has no queue. This one and all after it stay.</exception>
    public static async Task<int> ResendDeadRequestsAsync(this Bus bus, string? service = null, int most = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var connection = await ((IBusConnection)bus).GetConnectionAsync(cancellationToken).ConfigureAwait(false);
        var publishing = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await using (publishing.ConfigureAwait(false))
        {
            await publishing.EnableConfirmsAsync(cancellationToken).ConfigureAwait(false);
            var count = 0;
            await foreach (var (delivery, _) in GetAsync(bus, service, most, looks: false, cancellationToken).ConfigureAwait(false))
            {
                var isCallerThere = await ExistsAsync(connection, delivery.Properties.ReplyTo.ToString(), cancellationToken).ConfigureAwait(false);
                await publishing.PublishConfirmedAsync(
                    ContractTopology.Exchange, delivery.RoutingKey, delivery.Body, Renewed(delivery.Properties, isCallerThere), mandatory: true, cancellationToken).ConfigureAwait(false);
                delivery.Ack();
                count++;
            }
            return count;
        }
    }

    /// <summary>Drops requests, the oldest first.</summary>
    /// <returns>How many.</returns>
    /// <inheritdoc cref="ListDeadRequestsAsync"/>
    public static async Task<int> DropDeadRequestsAsync(this Bus bus, string? service = null, int most = int.MaxValue, CancellationToken cancellationToken = default)
    {
        var count = 0;
        await foreach (var (delivery, _) in GetAsync(bus, service, most, looks: false, cancellationToken).ConfigureAwait(false))
        {
            delivery.Ack();
            count++;
        }
        return count;
    }

    // Takes one after the other: those asked for are the reader's to acknowledge, unless it only looks; the others go back to their old places.
    private static async IAsyncEnumerable<(Delivery Delivery, DeadRequest Request)> GetAsync(
        Bus bus, string? service, int most, bool looks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var connection = await ((IBusConnection)bus).GetConnectionAsync(cancellationToken).ConfigureAwait(false);
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            var stay = new List<Delivery>();
            try
            {
                // Those that die meanwhile (perhaps because they were sent again) are for the next time: so this ends.
                var left = (await channel.DeclareQueuePassiveAsync(QueueName, cancellationToken).ConfigureAwait(false)).MessageCount;
                for (; left > 0 && most > 0 && await channel.GetAsync(QueueName, cancellationToken: cancellationToken).ConfigureAwait(false) is { } delivery; left--)
                {
                    var request = DeadRequest.Of(delivery);
                    var isAskedFor = service is null || request.Service == service;
                    if (looks || !isAskedFor)
                        stay.Add(delivery);
                    if (!isAskedFor)
                        continue;
                    most--;
                    yield return (delivery, request);
                }
            }
            finally
            {
                // Said and not left to the channel's end, which RabbitMQ's queues hear of later than we do.
                if (channel.IsOpen)
                    stay.ForEach(delivery => delivery.Nack(requeue: true));
            }
        }
    }

    private static async Task<bool> ExistsAsync(AmqpConnection connection, string queue, CancellationToken cancellationToken)
    {
        if (queue.Length == 0)
            return false;
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            try
            {
                await channel.DeclareQueuePassiveAsync(queue, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
            {
                return false;
            }
        }
    }

    // Without the moment it was sent: the server then gives it its whole timeout, however long it waited.
    private static BasicProperties Renewed(PropertiesView old, bool isCallerThere)
    {
        var headers = old.Headers.ToDictionary()
            .Where(header => header.Key != "rpc-sent-at" && header.Key != "x-death" && header.Key != "x-delivery-count"
                && !header.Key.StartsWith("x-first-death-", StringComparison.Ordinal) && !header.Key.StartsWith("x-last-death-", StringComparison.Ordinal))
            .ToDictionary();
        headers["rpc-attempt"] = DeadRequest.AttemptOf(old) + 1;
        var properties = old.ToProperties() with { Headers = FieldTable.From(headers), Expiration = null, UserId = null };
        return isCallerThere ? properties : properties with { ReplyTo = null, CorrelationId = null };
    }
}
