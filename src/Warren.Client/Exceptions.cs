using Warren.Amqp;

namespace Warren.Client;

/// <summary>Anything that went wrong between this client and a broker.</summary>
public class AmqpException : Exception
{
    /// <summary>With a message that names the fault.</summary>
    public AmqpException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>No broker could be reached, or none of them let us in. The message lists every endpoint that was tried and why it failed.</summary>
public sealed class ConnectFailedException(string message, Exception? inner = null) : AmqpException(message, inner);

/// <summary>The broker knows us and refuses: wrong user or password, or no access to the virtual host. Trying again does not help.</summary>
public sealed class AccessRefusedException(ReplyCode replyCode, string replyText) : AmqpException(replyText)
{
    /// <summary>403, or 530 for a virtual host.</summary>
    public ReplyCode ReplyCode { get; } = replyCode;
}

/// <summary>The connection is closed: by the broker, by the network, or by this side.</summary>
public sealed class ConnectionClosedException : AmqpException
{
    /// <summary>With the broker's code and words, or with what the network said.</summary>
    public ConnectionClosedException(ReplyCode replyCode, string replyText, MethodId cause = MethodId.None, Exception? inner = null)
        : base(replyText, inner)
    {
        ReplyCode = replyCode;
        Cause = cause;
    }

    /// <summary>The broker's code; <see cref="ReplyCode.None"/> when the network failed and no broker spoke.</summary>
    public ReplyCode ReplyCode { get; }

    /// <summary>The method the broker blames, if any.</summary>
    public MethodId Cause { get; }
}

/// <summary>The channel is closed; the connection lives on.</summary>
public sealed class ChannelClosedException(ReplyCode replyCode, string replyText, MethodId cause = MethodId.None) : AmqpException(replyText)
{
    /// <summary>The broker's code, such as 404 or 406; 200 when this side closed the channel.</summary>
    public ReplyCode ReplyCode { get; } = replyCode;

    /// <summary>The method the broker blames, if any.</summary>
    public MethodId Cause { get; } = cause;
}

/// <summary>A mandatory message came back: no queue takes it (basic.return).</summary>
public sealed class MessageReturnedException(ReplyCode replyCode, string replyText, string exchange, string routingKey)
    : AmqpException($"{replyText}: no queue takes exchange '{exchange}' with routing key '{routingKey}'. Declare or bind a queue first.")
{
    /// <summary>312, no route.</summary>
    public ReplyCode ReplyCode { get; } = replyCode;

    /// <summary>Where it was published.</summary>
    public string Exchange { get; } = exchange;

    /// <summary>With which key.</summary>
    public string RoutingKey { get; } = routingKey;
}

/// <summary>The broker did not take the message (basic.nack): a full queue that rejects, or a failure inside.</summary>
public sealed class PublishNackedException(string exchange, string routingKey)
    : AmqpException($"The broker refused the message (basic.nack) for exchange '{exchange}', routing key '{routingKey}'.")
{
    /// <summary>Where it was published.</summary>
    public string Exchange { get; } = exchange;

    /// <summary>With which key.</summary>
    public string RoutingKey { get; } = routingKey;
}
