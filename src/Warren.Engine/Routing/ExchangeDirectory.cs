using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The exchanges of a virtual host by name.</summary>
internal sealed class ExchangeDirectory
{
    private readonly VirtualHost _host;
    private readonly NameTable<Exchange> _exchanges;
    private readonly Exchange _default;

    public ExchangeDirectory(VirtualHost host)
    {
        _host = host;
        _exchanges = new NameTable<Exchange>(host.Names);
        _default = new Exchange(default, ExchangeTypes.Direct, new DefaultRouter(host)) { Durable = true };
        Predeclare("amq.direct", ExchangeTypes.Direct);
        Predeclare("amq.fanout", ExchangeTypes.Fanout);
        Predeclare("amq.topic", ExchangeTypes.Topic);
        Predeclare("amq.headers", ExchangeTypes.Headers);
        Predeclare("amq.match", ExchangeTypes.Headers);
        Predeclare("amq.rabbitmq.trace", ExchangeTypes.Topic, isInternal: true);
    }

    /// <summary>Finds an exchange; the empty name is the default exchange.</summary>
    public Exchange? Find(ReadOnlySpan<byte> name) => name.IsEmpty ? _default : _exchanges.Find(name);

    /// <exception cref="ChannelException">404.</exception>
    public Exchange Require(ShortString name) => Find(name.Span) ?? throw NotFound(_host, name);

    public static ChannelException NotFound(VirtualHost host, ShortString name) => new(ReplyCode.NotFound, $"no {host.Describe("exchange", name)}");

    /// <summary>All that have a name.</summary>
    public List<Exchange> InOrder() => _exchanges.InOrder();

    public void Add(Exchange exchange)
    {
        _exchanges.Add(exchange.Name, exchange);
        _host.Records?.Keep(exchange);
    }

    /// <summary>Adds an exchange that was there before anybody declared it, or that was recovered.</summary>
    public void Restore(Exchange exchange) => _exchanges.Add(exchange.Name, exchange);

    /// <summary>Ends an exchange and what leads to and from it.</summary>
    public void Delete(Exchange exchange)
    {
        Remove(exchange);
        _host.Bindings.RemoveAllOf(exchange);
    }

    /// <summary>Takes an exchange out of the directory; its bindings are the caller's work.</summary>
    public void Remove(Exchange exchange)
    {
        exchange.IsDeleted = true;
        _exchanges.Remove(exchange.Name);
        exchange.Router.End();
        _host.Records?.Remove(exchange.RecordId);
    }

    private void Predeclare(ShortString name, ExchangeType type, bool isInternal = false) =>
        Restore(new Exchange(name, type, type.NewRouter(_host, default)) { Durable = true, Internal = isInternal });
}
