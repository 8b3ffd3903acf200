using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The exchange class (AMQP 0-9-1 section 1.6, with RabbitMQ's bind and unbind).</summary>
internal static class ExchangeClass
{
    private static ReadOnlySpan<byte> AlternateArgument => "alternate-exchange"u8;

    public static void Declare(Channel channel, in ExchangeDeclare declare)
    {
        var host = channel.Host;
        var name = NotDefault(declare.Exchange);
        if (declare.Passive)
            host.Exchanges.Require(name);
        else
            DeclareActively(host, name, declare);
        if (!declare.NoWait)
            channel.Send(default(ExchangeDeclareOk));
    }

    public static void Delete(Channel channel, in ExchangeDelete delete)
    {
        var host = channel.Host;
        var name = NotDefault(delete.Exchange);
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"deletion of system {host.Describe("exchange", name)} not allowed");
        if (host.Exchanges.Find(name.Span) is { } exchange)
        {
            if (delete.IfUnused && exchange.Outgoing.Count > 0)
                throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("exchange", name)} in use");
            host.Exchanges.Delete(exchange);
        }
        if (!delete.NoWait)
            channel.Send(default(ExchangeDeleteOk));
    }

    public static void Bind(Channel channel, in ExchangeBind bind)
    {
        var host = channel.Host;
        var destinationName = NotDefault(bind.Destination);
        var source = host.Exchanges.Require(NotDefault(bind.Source));
        var destination = host.Exchanges.Require(destinationName);
        source.Router.Check(bind.RoutingKey, bind.Arguments);
        host.Bindings.Add(source, destination, bind.RoutingKey, bind.Arguments);
        if (!bind.NoWait)
            channel.Send(default(ExchangeBindOk));
    }

    // Idempotent: what is not there is unbound already.
    public static void Unbind(Channel channel, in ExchangeUnbind unbind)
    {
        var host = channel.Host;
        var destinationName = NotDefault(unbind.Destination);
        var sourceName = NotDefault(unbind.Source);
        if (host.Exchanges.Find(sourceName.Span) is { } source && host.Exchanges.Find(destinationName.Span) is { } destination)
            host.Bindings.Remove(source, destination, unbind.RoutingKey, unbind.Arguments);
        if (!unbind.NoWait)
            channel.Send(default(ExchangeUnbindOk));
    }

    /// <summary>The name of an exchange that may be worked with.</summary>
    /// <exception cref="ChannelException">403: the default exchange is what it is.</exception>
    public static ShortString NotDefault(ShortString name)
    {
        name = EntityName.Read(name);
        return name.IsEmpty ? throw new ChannelException(ReplyCode.AccessRefused, "operation not permitted on the default exchange") : name;
    }

    private static void DeclareActively(VirtualHost host, ShortString name, in ExchangeDeclare declare)
    {
        var type = ExchangeTypes.Parse(declare.Type);
        var described = host.Describe("exchange", name);
        var alternate = Alternate(declare.Arguments, described);
        if (host.Exchanges.Find(name.Span) is { } existing)
        {
            Equivalence.Check(existing, type, declare, described);
            return;
        }
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"exchange name '{name}' contains reserved prefix 'amq.*'");
        type.Check(declare.Arguments, described);
        var arguments = declare.Arguments.ToOwned();
        host.Exchanges.Add(new Exchange(name.ToOwned(), type, type.NewRouter(host, arguments))
        {
            Durable = declare.Durable,
            AutoDelete = declare.AutoDelete,
            Internal = declare.Internal,
            Arguments = arguments,
            Alternate = alternate,
        });
    }

    private static ShortString? Alternate(FieldTable arguments, string described)
    {
        if (!arguments.TryGet(AlternateArgument, out var value))
            return null;
        if (value.Type == FieldType.LongString && value.Octets.Length <= ShortString.MaxLength)
            return new ShortString(value.Octets).ToOwned();
        throw new ChannelException(
            ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(value.Type)}' for arg 'alternate-exchange' in {described}");
    }
}
