namespace Warren.Crashes.Clients;

/// <summary>A message that a client was handed. The body is only valid until the handler returns.</summary>
internal readonly record struct Arrival(ulong Tag, bool Redelivered, ReadOnlyMemory<byte> Body);

/// <summary>How a publish ended, as far as the broker said.</summary>
internal enum PublishEnd
{
    Confirmed,
    Refused,
    Returned,

    /// <summary>The connection was lost before.</summary>
    Unknown,
}

/// <summary>A connection by one of two clients that share no code: Warren's and RabbitMQ's.</summary>
internal interface IClient : IAsyncDisposable
{
    /// <summary>False when it was lost.</summary>
    bool IsOpen { get; }

    /// <summary>A channel with confirms.</summary>
    Task<IClientChannel> OpenChannelAsync();
}

/// <summary>A channel. One task publishes at a time; every method throws what <see cref="Lost"/> knows when the broker is gone.</summary>
internal interface IClientChannel
{
    /// <summary>Durable; returns how many messages are ready in it.</summary>
    Task<uint> DeclareQueueAsync(string queue, IReadOnlyDictionary<string, object?> arguments);

    /// <summary>Returns the ready messages; null when there is no such queue, and the channel is closed then.</summary>
    Task<uint?> LookAtQueueAsync(string queue);

    /// <summary>Durable, direct.</summary>
    Task DeclareExchangeAsync(string exchange);

    /// <summary>False when there is none; the channel is closed then.</summary>
    Task<bool> HasExchangeAsync(string exchange);

    Task DeleteQueueAsync(string queue);

    Task DeleteExchangeAsync(string exchange);

    Task BindAsync(string queue, string exchange, string key);

    /// <summary>A persistent, mandatory message. It is on its way, in the order of the calls, when the outer task completes; the inner one tells its end and never faults.</summary>
    ValueTask<Task<PublishEnd>> PublishAsync(string exchange, string key, byte[] body, byte priority = 0);

    /// <summary>The handler runs for one delivery at a time, in their order.</summary>
    Task ConsumeAsync(string queue, int prefetch, Func<Arrival, ValueTask> handler);

    Task<Arrival?> GetAsync(string queue);

    ValueTask AckAsync(ulong tag, bool multiple);

    /// <summary>Without requeue it is a reject.</summary>
    ValueTask NackAsync(ulong tag, bool requeue);
}
