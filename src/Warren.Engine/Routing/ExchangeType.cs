using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How an exchange routes.</summary>
/// <param name="name">The type's name in exchange.declare.</param>
/// <param name="newRouter">Makes the router of one exchange, from its arguments.</param>
internal sealed class ExchangeType(ShortString name, Func<VirtualHost, FieldTable, Router> newRouter)
{
    public ShortString Name { get; } = name;

    /// <summary>Refuses arguments that an exchange of this type cannot have, with a <see cref="ChannelException"/>; gets them and how the exchange is called.</summary>
    public Action<FieldTable, string> Check { get; init; } = static (_, _) => { };

    public Router NewRouter(VirtualHost host, FieldTable arguments) => newRouter(host, arguments);
}
