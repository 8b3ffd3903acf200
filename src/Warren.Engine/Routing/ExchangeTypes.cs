using Warren.Amqp;

namespace Warren.Engine;

/// <summary>All types of exchanges. Another one is another line here, and its router.</summary>
internal static class ExchangeTypes
{
    public static readonly ExchangeType Direct = new("direct", static (host, _) => new DirectRouter(host.Names));
    public static readonly ExchangeType Fanout = new("fanout", static (_, _) => new FanoutRouter());
    public static readonly ExchangeType Topic = new("topic", static (host, _) => new TopicRouter(host.Names, host.Options.Profile.MaxHashesInTopicKey));
    public static readonly ExchangeType Headers = new("headers", static (host, _) => new HeadersRouter(host.Names));

    private static readonly ExchangeType ConsistentHash =
        new("x-consistent-hash", static (_, arguments) => new ConsistentHashRouter(new HashedPart(arguments))) { Check = HashedPart.Check };

    private static readonly ExchangeType Random = new("x-random", static (host, _) => new RandomRouter(host.Entropy, isLocal: false));
    private static readonly ExchangeType LocalRandom = new("x-local-random", static (host, _) => new RandomRouter(host.Entropy, isLocal: true));

    private static readonly ExchangeType Delayed =
        new("x-delayed-message", static (host, arguments) => NewDelayedRouter(host, arguments)) { Check = CheckDelayed };

    private static readonly ExchangeType[] All = [Direct, Fanout, Topic, Headers, ConsistentHash, Random, LocalRandom, Delayed];

    /// <exception cref="ChannelException">406: there is no such type.</exception>
    /// <exception cref="ConnectionException">503: the same, as older releases say it.</exception>
    public static ExchangeType Parse(ShortString name, Profile profile)
    {
        if (Find(name) is { } type)
            return type;
        var text = name.IsEmpty ? "invalid exchange type ''" : $"unknown exchange type '{name}'";
        if (profile.UnknownExchangeTypeCode == ReplyCode.CommandInvalid)
            throw new ConnectionException(ReplyCode.CommandInvalid, text);
        throw new ChannelException(ReplyCode.PreconditionFailed, text);
    }

    private static ExchangeType? Find(ShortString name)
    {
        foreach (var type in All)
        {
            if (type.Name == name)
                return type;
        }
        return null;
    }

    // What an x-delayed-message exchange is when a message's time has come; null when it is not said, or no such type.
    private static ExchangeType? DelayedType(FieldTable arguments) =>
        arguments.TryGet("x-delayed-type"u8, out var value) && value.Type == FieldType.LongString && value.Octets.Length <= ShortString.MaxLength
            ? Find(new ShortString(value.Octets))
            : null;

    private static DelayedRouter NewDelayedRouter(VirtualHost host, FieldTable arguments)
    {
        var router = new DelayedRouter(host, DelayedType(arguments)!.NewRouter(host, arguments));
        host.DelayedRouters.Add(router);
        return router;
    }

    private static void CheckDelayed(FieldTable arguments, string described)
    {
        if (DelayedType(arguments) is not { } type || type == Delayed)
            throw new ChannelException(ReplyCode.PreconditionFailed, "Invalid argument, 'x-delayed-type' must be an existing exchange type");
        type.Check(arguments, described);
    }
}
