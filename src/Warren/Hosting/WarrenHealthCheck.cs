using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Makes a call through the broker to ourselves: connection, topology, publishing, routing, delivery and reply have to work for it. What the application
/// serves has to have started, too.
/// </summary>
internal sealed class WarrenHealthCheck(Bus bus, RunningServers running, TimeSpan within) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var start = Stopwatch.GetTimestamp();
        var options = new CallOptions { Timeout = within, WaitForServer = true };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(within);
        try
        {
            await CallOurselvesAsync(options, late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Bad(context, bus.IsConnected ? $"the broker did not answer within {within.TotalSeconds:0.###} s" : "there is no connection to the broker", null);
        }
        catch (Exception e) when (e is RpcException or AmqpException)
        {
            return Bad(context, e.Message, e);
        }
        if (string.Join(", ", running.Missing) is { Length: > 0 } missing)
            return Bad(context, $"not served yet: {missing}", null);
        return HealthCheckResult.Healthy(string.Create(CultureInfo.InvariantCulture, $"a call through the broker took {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms"), Data());
    }

    // A queue and a server for this one call, beside those of contracts: discovery need not know them.
    private async Task CallOurselvesAsync(CallOptions options, CancellationToken cancellationToken)
    {
        var connection = await ((IBusConnection)bus).GetConnectionAsync(cancellationToken).ConfigureAwait(false);
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            var queue = (await channel.DeclareQueueAsync(exclusive: true, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false)).Queue.ToString();
            await channel.ConsumeAsync(queue, (request, _) => Answer(channel, request), new ConsumeOptions { NoAck = true }, cancellationToken).ConfigureAwait(false);
            var ourselves = new CallAddress("warren.health", isContract: false) { Queue = queue }; // One name in spans and metrics, whatever the broker calls the queue.
            await bus.CallAsync<string>(ourselves, "ping", options, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask Answer(AmqpChannel channel, Delivery request) =>
        channel.PublishAsync("", request.Properties.ReplyTo.ToOwned(), request.Body, new BasicProperties { CorrelationId = request.Properties.CorrelationId.ToOwned() });

    private HealthCheckResult Bad(HealthCheckContext context, string why, Exception? failure) => new(context.Registration.FailureStatus, why, failure, Data());

    private Dictionary<string, object> Data()
    {
        var statistics = bus.Statistics;
        return new Dictionary<string, object> { ["pendingCalls"] = statistics.PendingCalls, ["reconnects"] = statistics.Reconnects };
    }
}
