using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How an exchange routes.</summary>
internal enum ExchangeType
{
    Direct,
    Fanout,
    Topic,
    Headers,
}

internal static class ExchangeTypes
{
    public static ShortString Name(this ExchangeType type) => type switch
    {
        ExchangeType.Direct => "direct",
        ExchangeType.Fanout => "fanout",
        ExchangeType.Topic => "topic",
        _ => "headers",
    };

    public static ExchangeType Parse(ShortString name) => name.Span switch
    {
        var octets when octets.SequenceEqual("direct"u8) => ExchangeType.Direct,
        var octets when octets.SequenceEqual("fanout"u8) => ExchangeType.Fanout,
        var octets when octets.SequenceEqual("topic"u8) => ExchangeType.Topic,
        var octets when octets.SequenceEqual("headers"u8) => ExchangeType.Headers,
        { IsEmpty: true } => throw new ChannelException(ReplyCode.PreconditionFailed, "invalid exchange type ''"),
        _ => throw new ChannelException(ReplyCode.PreconditionFailed, $"unknown exchange type '{name}'"),
    };

    public static Router NewRouter(this ExchangeType type, NameComparer names) => type switch
    {
        ExchangeType.Direct => new DirectRouter(names),
        ExchangeType.Fanout => new FanoutRouter(),
        ExchangeType.Topic => new TopicRouter(names),
        _ => new HeadersRouter(),
    };
}
