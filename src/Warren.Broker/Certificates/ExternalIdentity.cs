namespace Warren.Broker;

/// <summary>Who a client is by what came before AMQP, its certificate: what the mechanism EXTERNAL asks for.</summary>
/// <param name="User">The user's name; null when there is none.</param>
/// <param name="Refusal">Why there is none, in RabbitMQ's words; null when there is one.</param>
internal sealed record ExternalIdentity(string? User, string? Refusal)
{
    public static ExternalIdentity NoCertificate { get; } = new(null, "connection peer presented no TLS (x.509) certificate");

    public static ExternalIdentity Of(string? name) => name is null ? new(null, "no name found") : new(name, null);
}
