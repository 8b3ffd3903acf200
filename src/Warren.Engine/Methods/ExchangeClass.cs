using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The exchange class (AMQP 0-9-1 section 1.6, with RabbitMQ's bind and unbind).</summary>
internal static class ExchangeClass
{
    private static ReadOnlySpan<byte> AlternateArgument => "alternate-exchange"u8;

    public static void Declare(Channel channel, in ExchangeDeclare declare)
    {
        var exchange = declare.Passive ? FindPassively(channel, NotDefault(declare.Exchange)) : DeclareActively(channel, declare);
        if (declare.NoWait)
            return;
        if (exchange.RecordId != 0)
            channel.AwaitJournal();
        channel.Send(default(ExchangeDeclareOk));
    }

    public static void Delete(Channel channel, in ExchangeDelete delete)
    {
        var host = channel.Host;
        var name = NotDefault(delete.Exchange);
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"deletion of system {host.Describe("exchange", name)} not allowed");
        channel.RequireExchange(Permission.Configure, name);
        var exchange = host.Exchanges.Find(name.Span);
        if (exchange is not null)
        {
            if (delete.IfUnused && exchange.Outgoing.Count > 0)
                throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("exchange", name)} in use");
            host.Exchanges.Delete(exchange);
        }
        if (delete.NoWait)
            return;
        if (exchange is not { Durable: false })
            channel.AwaitJournal(); // One that is gone already may be so only since this batch.
        channel.Send(default(ExchangeDeleteOk));
    }

    public static void Bind(Channel channel, in ExchangeBind bind)
    {
        var host = channel.Host;
        var (sourceName, destinationName) = RequireBoth(channel, bind.Source, bind.Destination, bind.RoutingKey);
        var source = host.Exchanges.Require(sourceName);
        var destination = host.Exchanges.Require(destinationName);
        source.Router.Check(bind.RoutingKey, bind.Arguments);
        source.Router.Check(destination);
        host.Bindings.Add(source, destination, bind.RoutingKey, bind.Arguments);
        if (bind.NoWait)
            return;
        if (BindingRecord.IsFor(source, destination))
            channel.AwaitJournal();
        channel.Send(default(ExchangeBindOk));
    }

    // Idempotent: what is not there is unbound already.
    public static void Unbind(Channel channel, in ExchangeUnbind unbind)
    {
        var host = channel.Host;
        var (sourceName, destinationName) = RequireBoth(channel, unbind.Source, unbind.Destination, unbind.RoutingKey);
        var source = host.Exchanges.Find(sourceName.Span);
        if (source is not null && host.Exchanges.Find(destinationName.Span) is { } destination
            && host.Bindings.Find(source, destination, unbind.RoutingKey, unbind.Arguments) is { } binding)
        {
            host.Bindings.Remove(binding);
        }
        if (unbind.NoWait)
            return;
        if (source is not { Durable: false })
            channel.AwaitJournal();
        channel.Send(default(ExchangeUnbindOk));
    }

    /// <summary>The name of an exchange that may be worked with.</summary>
    /// <exception cref="ChannelException">403: the default exchange is what it is.</exception>
    public static ShortString NotDefault(ShortString name)
    {
        name = EntityName.Read(name);
        return name.IsEmpty ? throw new ChannelException(ReplyCode.AccessRefused, "operation not permitted on the default exchange") : name;
    }

    private static Exchange FindPassively(Channel channel, ShortString name)
    {
        channel.RequireAny("exchange", name);
        return channel.Host.Exchanges.Require(name);
    }

    // A binding writes to where it leads and reads where it starts.
    private static (ShortString Source, ShortString Destination) RequireBoth(
        Channel channel, ShortString source, ShortString destination, ShortString routingKey)
    {
        channel.RequireExchange(Permission.Write, EntityName.Read(destination));
        var destinationName = NotDefault(destination);
        var sourceName = NotDefault(source);
        channel.RequireExchange(Permission.Read, sourceName);
        if (channel.Host.Exchanges.Find(sourceName.Span) is { } exchange)
            channel.RequireTopic(Permission.Read, exchange, routingKey);
        return (sourceName, destinationName);
    }

    // The order of the checks is RabbitMQ's: the type comes before the name, and the alternate exchange matters only in a new one.
    private static Exchange DeclareActively(Channel channel, in ExchangeDeclare declare)
    {
        var host = channel.Host;
        var type = ExchangeTypes.Parse(declare.Type, host.Options.Profile);
        var name = NotDefault(declare.Exchange);
        channel.RequireExchange(Permission.Configure, name);
        var described = host.Describe("exchange", name);
        if (host.Exchanges.Find(name.Span) is { } existing)
        {
            Equivalence.Check(existing, type, declare, described);
            return existing;
        }
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"exchange name '{name}' contains reserved prefix 'amq.*'");
        var alternate = Alternate(declare.Arguments, described);
        if (alternate is { } alternateName)
        {
            channel.RequireExchange(Permission.Read, name);
            channel.RequireExchange(Permission.Write, alternateName);
        }
        type.Check(declare.Arguments, described);
        var arguments = declare.Arguments.ToOwned();
        var exchange = new Exchange(name.ToOwned(), type, type.NewRouter(host, arguments))
        {
            Durable = declare.Durable,
            AutoDelete = declare.AutoDelete,
            Internal = declare.Internal,
            Arguments = arguments,
            OwnAlternate = alternate,
            Policy = host.Policies.ForExchange(name, host.Options.Profile),
        };
        host.Exchanges.Add(exchange);
        return exchange;
    }

    /// <summary>The alternate exchange that arguments name; null for none.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static ShortString? Alternate(FieldTable arguments, string described)
    {
        if (!arguments.TryGet(AlternateArgument, out var value))
            return null;
        if (value.Type == FieldType.LongString && value.Octets.Length <= ShortString.MaxLength)
            return new ShortString(value.Octets).ToOwned();
        throw new ChannelException(
            ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(value.Type)}' for arg 'alternate-exchange' in {described}");
    }
}
