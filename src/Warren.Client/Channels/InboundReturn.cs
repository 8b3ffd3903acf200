using Warren.Amqp;

namespace Warren.Client;

/// <summary>A returned message as the receiving thread sees it: views that are valid during the call.</summary>
internal readonly ref struct InboundReturn(in BasicReturn method, PropertiesView properties, ReadOnlyMemory<byte> body)
{
    public readonly ReplyCode ReplyCode = (ReplyCode)method.ReplyCode;
    public readonly ShortString ReplyText = method.ReplyText;
    public readonly ShortString Exchange = method.Exchange;
    public readonly ShortString RoutingKey = method.RoutingKey;
    public readonly PropertiesView Properties = properties;
    public readonly ReadOnlyMemory<byte> Body = body;
}

/// <summary>Takes returned messages on the receiving thread.</summary>
internal delegate void ReturnSink(in InboundReturn returned);

/// <summary>A mandatory message that came back and that no confirm was waiting for.</summary>
/// <param name="ReplyCode">312 when no queue takes it.</param>
/// <param name="ReplyText">The broker's words.</param>
/// <param name="Exchange">Where it was published.</param>
/// <param name="RoutingKey">With which key.</param>
/// <param name="Properties">Its properties.</param>
/// <param name="Body">Its body.</param>
public sealed record ReturnedMessage(
    ReplyCode ReplyCode, string ReplyText, string Exchange, ShortString RoutingKey, PropertiesView Properties, ReadOnlyMemory<byte> Body);
