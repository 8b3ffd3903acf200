namespace Warren;

/// <summary>The headers of calls; strings and integers only, and those we do not know are ignored.</summary>
internal static class RpcHeaders
{
    // On requests. The encoded forms are name with its length, then the type octet; the value follows.
    public static ReadOnlySpan<byte> TimeoutMs => "rpc-timeout-ms"u8;
    public static ReadOnlySpan<byte> SentAt => "rpc-sent-at"u8;
    public static ReadOnlySpan<byte> Attempt => "rpc-attempt"u8;
    public static ReadOnlySpan<byte> Method => "rpc-method"u8;
    public static ReadOnlySpan<byte> Credit => "rpc-credit"u8;
    public static ReadOnlySpan<byte> EncodedTimeoutMs => "\u000erpc-timeout-msI"u8;
    public static ReadOnlySpan<byte> EncodedSentAt => "\u000brpc-sent-atl"u8;
    public static ReadOnlySpan<byte> EncodedAttempt => "\u000brpc-attemptI"u8;
    public static ReadOnlySpan<byte> EncodedMethod => "\u000arpc-methodS"u8;
    public static ReadOnlySpan<byte> EncodedCredit => "\u000arpc-creditI"u8;
    public static ReadOnlySpan<byte> EncodedHiddenCopies => "\u0003BCCA"u8;

    // On replies that are faults.
    public static ReadOnlySpan<byte> Status => "rpc-status"u8;
    public static ReadOnlySpan<byte> Outcome => "rpc-outcome"u8;
    public static ReadOnlySpan<byte> Detail => "rpc-detail"u8;
    public static ReadOnlySpan<byte> Fault => "rpc-fault"u8;
    public static ReadOnlySpan<byte> RetryAfterMs => "rpc-retry-after-ms"u8;

    // On replies that are part of a stream: its number from 0, the queue that takes credit and cancellation, and the end.
    public static ReadOnlySpan<byte> Item => "rpc-item"u8;
    public static ReadOnlySpan<byte> ControlQueue => "rpc-control-queue"u8;
    public static ReadOnlySpan<byte> End => "rpc-end"u8;

    // On what servers are told beside requests.
    public static ReadOnlySpan<byte> Control => "rpc-control"u8;

    // On what the broker drops (https://www.rabbitmq.com/docs/dlx).
    public static ReadOnlySpan<byte> Deaths => "x-death"u8;
    public static ReadOnlySpan<byte> DeliveryCount => "x-delivery-count"u8;
}
