using Warren.Amqp;

namespace Warren;

/// <summary>How a message is sent.</summary>
public sealed record SendOptions
{
    /// <summary>
    /// True: the message survives a restart of the broker, in a durable queue. Null (the default): when it is sent to a queue that is durable.
    /// </summary>
    public bool? IsPersistent { get; init; }

    /// <summary>True: it is an error when no queue takes the message. Always so for messages to a queue.</summary>
    public bool IsMandatory { get; init; }

    /// <summary>Headers and other properties. Content type and delivery mode are filled in unless they are set.</summary>
    public BasicProperties? Properties { get; init; }
}
