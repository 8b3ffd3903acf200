namespace Warren;

/// <summary>The headers of calls; strings and integers only, and those we do not know are ignored.</summary>
internal static class RpcHeaders
{
    // On requests. The encoded forms are name with its length, then the type octet; the value follows.
    public static ReadOnlySpan<byte> TimeoutMs => "rpc-timeout-ms"u8;
    public static ReadOnlySpan<byte> SentAt => "rpc-sent-at"u8;
    public static ReadOnlySpan<byte> EncodedTimeoutMs => "\u000erpc-timeout-msI"u8;
    public static ReadOnlySpan<byte> EncodedSentAt => "\u000brpc-sent-atl"u8;
    public static ReadOnlySpan<byte> EncodedAttempt => "\u000brpc-attemptI"u8;

    // On replies that are faults.
    public static ReadOnlySpan<byte> Status => "rpc-status"u8;
    public static ReadOnlySpan<byte> Outcome => "rpc-outcome"u8;
    public static ReadOnlySpan<byte> Detail => "rpc-detail"u8;
}
