namespace Warren.Client;

/// <summary>A host and a port to try.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">1 to 65535; 5672 for amqp, 5671 for amqps.</param>
public readonly record struct AmqpEndpoint(string Host, int Port)
{
    /// <summary>As it stands in a URI; IPv6 addresses in brackets.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
