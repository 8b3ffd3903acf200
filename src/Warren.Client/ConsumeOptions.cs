using Warren.Amqp;

namespace Warren.Client;

/// <summary>How to consume from a queue.</summary>
public sealed record ConsumeOptions
{
    /// <summary>The consumer's tag; empty lets the broker choose.</summary>
    public string ConsumerTag { get; init; } = "";

    /// <summary>True: a message counts as done when it was sent. False: the handler (or its end) acknowledges.</summary>
    public bool NoAck { get; init; }

    /// <summary>No other consumer on the queue.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Arguments such as <c>x-priority</c>.</summary>
    public FieldTable Arguments { get; init; }

    /// <summary>How many handlers may run at once, at least 1. With 1, deliveries are handled in their order.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Called once when the consumer ends without <see cref="Consumer.CancelAsync"/>: the queue was deleted, the channel or the connection closed.</summary>
    public Action<Exception>? Ended { get; init; }
}
