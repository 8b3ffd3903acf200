namespace Warren.Amqp;

/// <summary>
/// The octets break AMQP 0-9-1: the connection they came over has to close with this code.
/// The message is the explanation without the code's name.
/// </summary>
public sealed class ProtocolException(ReplyCode replyCode, string message) : Exception(message)
{
    /// <summary>The reply code of the <c>connection.close</c> to send.</summary>
    public ReplyCode ReplyCode { get; } = replyCode;

    /// <summary>True when the frame itself is at fault, whatever method it carries: the close blames none.</summary>
    public bool IsFramesFault { get; init; }
}
