namespace Warren.Broker;

/// <summary>SASL PLAIN (RFC 4616): NUL user NUL password. As RabbitMQ, no identity to act for is taken before the first NUL.</summary>
internal static class PlainMechanism
{
    public const string Name = "PLAIN";

    public static bool TryRead(ReadOnlyMemory<byte> response, out Credentials credentials)
    {
        credentials = default;
        var octets = response.Span;
        if (octets.IsEmpty || octets[0] != 0)
            return false;
        var second = octets[1..].IndexOf((byte)0) + 1;
        if (second == 0 || octets[(second + 1)..].Contains((byte)0))
            return false;
        credentials = new Credentials(response[1..second], response[(second + 1)..]);
        return true;
    }
}
