using Warren.Client;

namespace Warren;

/// <summary>Where a subscription's messages come from, and what becomes of one whose handler has failed.</summary>
internal interface IMessageSource
{
    string Description { get; }

    int DefaultPrefetch { get; }

    /// <summary>Null when a failed message has no way back.</summary>
    Queue? FailedQueue { get; }

    /// <summary>Declares what is needed and returns the queue to consume.</summary>
    Task<string> DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken);
}

/// <summary>A queue that receivers share.</summary>
internal sealed class QueueSource(Queue queue) : IMessageSource
{
    public string Description => $"queue '{queue.Name}'";

    public int DefaultPrefetch => 1;

    public Queue FailedQueue { get; } = new(queue.Name + ".failed") { IsDurable = queue.IsDurable };

    public async Task<string> DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        await queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        return queue.Name;
    }
}

/// <summary>A queue of one's own, bound to an exchange.</summary>
internal sealed class ExchangeSource(Exchange exchange, IEnumerable<string> routingKeys) : IMessageSource
{
    private readonly string[] _routingKeys = [.. routingKeys];

    public string Description => $"exchange '{exchange.Name}'";

    public int DefaultPrefetch => 256;

    public Queue? FailedQueue => null;

    public async Task<string> DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        await exchange.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        var declared = await channel.DeclareQueueAsync(exclusive: true, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        var queue = declared.Queue.ToString();
        foreach (var routingKey in _routingKeys)
            await channel.BindQueueAsync(queue, exchange.Name, routingKey, cancellationToken: cancellationToken).ConfigureAwait(false);
        return queue;
    }
}
