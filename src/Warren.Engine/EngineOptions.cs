namespace Warren.Engine;

/// <summary>What can be settled about an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>The virtual host's name, as it stands in reply texts.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>The RabbitMQ release that it behaves as; 4.2 by default.</summary>
    public Profile Profile { get; init; } = Profile.V42;

    /// <summary>
    /// How long a delivery may stay unacknowledged before its channel is closed with 406; 30 minutes as RabbitMQ
    /// (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout). <see cref="TimeSpan.Zero"/> switches it off.
    /// </summary>
    public TimeSpan DeliveryAcknowledgementTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The largest body in octets; 16 MiB as RabbitMQ 4.</summary>
    public int MaxMessageOctets { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many consumers one channel may have, at least 1; more close the connection with 530.</summary>
    public int MaxConsumersPerChannel { get; init; } = 65_535;
}
