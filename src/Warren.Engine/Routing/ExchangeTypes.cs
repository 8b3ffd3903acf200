using Warren.Amqp;

namespace Warren.Engine;

/// <summary>All types of exchanges. Another one is another line here, and its router.</summary>
internal static class ExchangeTypes
{
    public static readonly ExchangeType Direct = new("direct", static (host, _) => new DirectRouter(host.Names));
    public static readonly ExchangeType Fanout = new("fanout", static (_, _) => new FanoutRouter());
    public static readonly ExchangeType Topic = new("topic", static (host, _) => new TopicRouter(host.Names));
    public static readonly ExchangeType Headers = new("headers", static (_, _) => new HeadersRouter());

    private static readonly ExchangeType[] All = [Direct, Fanout, Topic, Headers];

    /// <exception cref="ChannelException">406: there is no such type.</exception>
    public static ExchangeType Parse(ShortString name)
    {
        foreach (var type in All)
        {
            if (type.Name == name)
                return type;
        }
        throw new ChannelException(ReplyCode.PreconditionFailed, name.IsEmpty ? "invalid exchange type ''" : $"unknown exchange type '{name}'");
    }
}
