using Warren.Amqp;

namespace Warren;

/// <summary>What clients and servers tell each other beside requests and replies: the header <c>rpc-control</c> says what.</summary>
internal static class ControlMessage
{
    public const string CancelWord = "cancel";
    public const string CreditWord = "credit";
    public const string ThereWord = "are-you-there";
    public const string CallWord = "call";

    /// <summary>To all instances of a service: the caller does not want this reply any more.</summary>
    public static BasicProperties Cancel(CorrelationId id, ShortString replyTo) => Of(CancelWord, id.ToString(), replyTo);

    /// <summary>To one instance: the caller takes so many more items of this stream.</summary>
    public static BasicProperties Credit(CorrelationId id, ShortString replyTo, int credit)
    {
        var properties = Of(CreditWord, id.ToString(), replyTo);
        return properties with { Headers = FieldTable.Create(("rpc-control", CreditWord), ("rpc-credit", credit)) };
    }

    /// <summary>To a caller: only to see whether it comes back.</summary>
    public static BasicProperties AreYouThere(ShortString correlationId) =>
        new() { CorrelationId = correlationId, Headers = FieldTable.Create(("rpc-control", ThereWord)) };

    /// <summary>To all instances of a service: a request, or a question of discovery.</summary>
    public static BasicProperties ToAll(string word, IPendingCall call, ShortString replyTo, ContentType? contentType, int timeoutMs, long sentAtMs)
    {
        var headers = new FieldTableBuilder().Add("rpc-control", word).Add("rpc-timeout-ms", timeoutMs).Add("rpc-sent-at", sentAtMs);
        if (call.Method is { } method)
            headers.Add("rpc-method", method.Name);
        return Of(word, call.Id.ToString(), replyTo) with { ContentType = contentType?.ToProperty(), Headers = headers.ToTable() };
    }

    /// <summary>What a message says; empty when it is none of these.</summary>
    public static string WordOf(PropertiesView properties) =>
        properties.Has(PropertyFlags.Headers) && properties.Headers.TryGet(RpcHeaders.Control, out var value) && value.TryGetString(out var word) ? word : "";

    public static int CreditOf(PropertiesView properties) =>
        properties.Headers.TryGet(RpcHeaders.Credit, out var value) && value.TryGetInteger(out var credit) ? (int)Math.Clamp(credit, 0, int.MaxValue) : 0;

    private static BasicProperties Of(string word, ShortString correlationId, ShortString replyTo) => new()
    {
        CorrelationId = correlationId,
        ReplyTo = replyTo,
        Headers = FieldTable.Create(("rpc-control", word)),
    };
}
