namespace Warren;

/// <summary>
/// What a server has answered, by call id, so that a request that is delivered again is answered and not run again. One store for all instances
/// of a service makes Safe calls exactly-once in effect, when it is written in the same transaction as the effect: a handler takes the id from
/// <see cref="RequestContext.CallId"/> and stores <see cref="StoredReply.Of(Payload)"/> itself; <see cref="StoreAsync"/> then finds it there already. Two
/// instances may run one request at the same time (the first has lost its connection and does not know yet): the transaction of the second has to
/// fail on the id, and its caller is then answered with what the first has stored. From any thread.
/// </summary>
public interface IReplyStore
{
    /// <summary>The reply that was stored under this id; null when there is none. What it throws gives the request back to the queue, after a pause.</summary>
    ValueTask<StoredReply?> FindAsync(string callId, CancellationToken cancellationToken);

    /// <summary>Keeps a reply for at least as long as the request may be delivered again. An id that is there already keeps its first reply.</summary>
    ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken);
}

/// <summary>A reply as it travels: a value, or a fault.</summary>
/// <param name="Status">Null for a value.</param>
/// <param name="ContentType">The body's content type; empty for octets.</param>
/// <param name="Body">The value, or the fault's JSON.</param>
/// <param name="Detail">The fault's text; empty for a value.</param>
public sealed record StoredReply(RpcStatus? Status, string ContentType, ReadOnlyMemory<byte> Body, string Detail = "")
{
    /// <summary>The declared fault's name; empty for a value and for a plain fault.</summary>
    public string FaultName { get; init; } = "";

    /// <summary>Whether the handler ran; of interest for a fault.</summary>
    public RpcOutcome Outcome { get; init; } = RpcOutcome.Executed;

    /// <summary>Of a refusal, which is never stored.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>What <see cref="ContentType"/> names; null for octets.</summary>
    internal ContentType? Kind => ContentType.Length == 0 ? null : Warren.ContentType.Known(ContentType);

    /// <summary>The reply with this value.</summary>
    public static StoredReply Of(Payload value) => new(null, value.ContentType?.Name ?? "", value.ToOctets());

    internal static StoredReply Of(in Fault fault) =>
        new(fault.Status, Warren.ContentType.Json.Name, fault.ToBody(), fault.Detail) { FaultName = fault.Name, Outcome = fault.Outcome, RetryAfter = fault.RetryAfter };
}
