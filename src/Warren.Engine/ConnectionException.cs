using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The client did something that closes its connection.</summary>
internal sealed class ConnectionException(ReplyCode replyCode, string message) : Exception(message)
{
    public ReplyCode ReplyCode { get; } = replyCode;

    /// <summary>The method at fault when it is not the one at hand.</summary>
    public MethodId? Method { get; init; }

    /// <inheritdoc cref="Refusal.Detail"/>
    public string? Detail { get; init; }

    /// <inheritdoc cref="Refusal.Remedy"/>
    public string? Remedy { get; init; }

    /// <param name="current">The method at hand.</param>
    public Refusal ToRefusal(MethodId current) => new(ReplyCode, Message, Method ?? current, Detail, Remedy);
}
