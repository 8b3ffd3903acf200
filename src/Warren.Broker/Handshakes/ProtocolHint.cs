namespace Warren.Broker;

/// <summary>Guesses from its first octets what a stranger speaks, to help whoever reads the log.</summary>
internal static class ProtocolHint
{
    public static string Of(ReadOnlySpan<byte> first) => first switch
    {
        _ when first.StartsWith("AMQP"u8) => $"AMQP {first[4]}-{first[5]}-{first[6]}-{first[7]}",
        _ when first.StartsWith("\x16\x03"u8) => "TLS on a port without TLS",
        _ when first.StartsWith("PROXY "u8) || first.StartsWith(ProxyHeaderV2.Signature[..8]) => "the PROXY protocol, which this broker is not told to expect",
        _ when first.StartsWith("GET "u8) || first.StartsWith("POST "u8) || first.StartsWith("HEAD "u8) => "HTTP",
        _ => "unknown",
    };
}
