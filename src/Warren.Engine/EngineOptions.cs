namespace Warren.Engine;

/// <summary>What can be settled about an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>The virtual host's name, as it stands in reply texts.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>How this broker is called as a node, in traces and in the header <c>x-routed-by</c>.</summary>
    public string NodeName { get; init; } = "warren";

    /// <summary>The RabbitMQ release that it behaves as; 4.2 by default.</summary>
    public Profile Profile { get; init; } = Profile.V42;

    /// <summary>
    /// How long a delivery may stay unacknowledged before its channel is closed with 406; 30 minutes as RabbitMQ
    /// (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout). <see cref="TimeSpan.Zero"/> switches it off. A queue may have a time of its own, by
    /// <c>x-consumer-timeout</c> or the policy key <c>consumer-timeout</c>.
    /// </summary>
    public TimeSpan DeliveryAcknowledgementTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// After what time a queue with <c>x-dead-letter-strategy</c> at-least-once sends a dead letter again that has not arrived, above 0 and at most ten years; three minutes as
    /// RabbitMQ (its dead_letter_worker_publisher_confirm_timeout).
    /// </summary>
    public TimeSpan DeadLetterRetryTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Whether each message that is published gets the time at which it came: the header <c>timestamp_in_ms</c> (64-bit integer, milliseconds since 1970)
    /// and the property timestamp (seconds), each by itself (https://www.rabbitmq.com/docs/message-interceptors). Off by default.
    /// </summary>
    public Stamping StampTimestamp { get; init; }

    /// <summary>Whether each message that is published gets <see cref="NodeName"/> as the header <c>x-routed-by</c>. Off by default.</summary>
    public Stamping StampNode { get; init; }

    /// <summary>
    /// How much memory messages may take before those that wait far from the head of a queue, and are on disk, are kept there only. Several engines may share one. Null, the default, keeps
    /// all of them in memory; without a journal it means nothing.
    /// </summary>
    public BodyBudget? Bodies { get; init; }

    /// <summary>The largest body in octets; 0, the default, for that of <see cref="Profile"/>.</summary>
    public int MaxMessageOctets { get; init; }

    /// <summary>How many consumers one channel may have, at least 1; more close the connection with 530.</summary>
    public int MaxConsumersPerChannel { get; init; } = 65_535;
}
