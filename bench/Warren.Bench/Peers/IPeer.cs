namespace Warren.Bench.Peers;

/// <summary>What is compared: one way to call, and perhaps to publish and consume, on a broker.</summary>
internal interface IPeer
{
    /// <summary>The name on the command line and in the table.</summary>
    string Name { get; }

    Task<ICaller> ConnectCallerAsync(Uri broker);

    /// <summary>Serves calls until disposed; the reply is the request's body.</summary>
    Task<IAsyncDisposable> ServeEchoAsync(Uri broker);
}

/// <summary>One connection that calls. Any number of calls may be in flight, unless the peer says otherwise.</summary>
internal interface ICaller : IAsyncDisposable
{
    /// <summary>The peer's own task, unwrapped, so that what a call allocates is the peer's and not the benchmark's.</summary>
    Task CallAsync(ReadOnlyMemory<byte> body);

    /// <summary>How many octets the reply of a completed call has.</summary>
    int ReplyOctets(Task call);
}

/// <summary>A peer that also publishes and consumes: one publisher, one consumer, automatic acknowledgement.</summary>
internal interface IMessagePeer : IPeer
{
    /// <summary>Consumes from an empty queue until disposed; the callback runs for one message at a time.</summary>
    Task<IAsyncDisposable> ConsumeAsync(Uri broker, Action onMessage);

    Task<IPublisher> ConnectPublisherAsync(Uri broker);
}

internal interface IPublisher : IAsyncDisposable
{
    ValueTask PublishAsync(ReadOnlyMemory<byte> body);
}
