using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The client did something that closes its connection.</summary>
internal sealed class ConnectionException(ReplyCode replyCode, string message) : Exception(message)
{
    public ReplyCode ReplyCode { get; } = replyCode;

    /// <summary>The method at fault when it is not the one at hand.</summary>
    public MethodId? Method { get; init; }
}
