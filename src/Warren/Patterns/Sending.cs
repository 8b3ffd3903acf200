using System.Diagnostics.CodeAnalysis;

namespace Warren;

/// <summary>Sending to a queue and publishing to an exchange; every message is confirmed by the broker before the task completes.</summary>
public static class Sending
{
    /// <summary>
    /// Sends a message to a queue, which is declared first: <c>await bus.SendAsync("hello", "Hello World!")</c>. For a work queue whose tasks survive a
    /// restart: <c>await bus.SendAsync(Queue.Durable("tasks"), "a task")</c>.
    /// </summary>
    /// <exception cref="Client.PublishNackedException">The broker refused it, such as a full queue.</exception>
    /// <exception cref="Client.ChannelClosedException">The queue exists and is different (406).</exception>
    /// <exception cref="TimeoutException">No confirm within <see cref="BusOptions.PublishTimeout"/>.</exception>
    public static Task SendAsync(this Bus bus, Queue queue, Payload body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(queue);
        return bus.Publisher.SendAsync(queue, body, options, cancellationToken);
    }

    /// <summary>Sends a value of any type that <see cref="BusOptions.Json"/> describes.</summary>
    /// <inheritdoc cref="SendAsync(Bus, Queue, Payload, SendOptions?, CancellationToken)"/>
    [SuppressMessage("Design", "CA1062", Justification = "Checked by the overload it calls, except the bus, which is checked here.")]
    public static Task SendAsync<T>(this Bus bus, Queue queue, T value, SendOptions? options = null, CancellationToken cancellationToken = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(bus);
        return SendAsync(bus, queue, bus.Codec.Encode(value), options, cancellationToken);
    }

    /// <summary>
    /// Publishes a message to an exchange, which is declared first: <c>await bus.PublishAsync(Exchange.Topic("logs_topic"), "kern.critical", "A kernel error")</c>.
    /// Every subscriber whose keys fit gets it; that there is none is no error, unless the options say so.
    /// </summary>
    /// <exception cref="Client.MessageReturnedException">Mandatory, and no queue takes it.</exception>
    /// <exception cref="Client.ChannelClosedException">The exchange exists and is different (406).</exception>
    /// <exception cref="TimeoutException">No confirm within <see cref="BusOptions.PublishTimeout"/>.</exception>
    public static Task PublishAsync(this Bus bus, Exchange exchange, string routingKey, Payload body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(routingKey);
        return bus.Publisher.PublishAsync(exchange, routingKey, body, options, cancellationToken);
    }
}
