using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// x-delayed-message (https://github.com/rabbitmq/rabbitmq-delayed-message-exchange): a message whose header <c>x-delay</c> says so is held for that many
/// milliseconds before the exchange routes it as one of the type that the argument <c>x-delayed-type</c> names. Consumers see the header negated. Held
/// messages end with their exchange.
/// </summary>
internal sealed class DelayedRouter(VirtualHost host, Router inner) : Router
{
    private readonly LinkedList<HeldMessage> _held = new();

    /// <inheritdoc/>
    public override bool UsesKeys => inner.UsesKeys;

    /// <summary>The messages that wait, for checks.</summary>
    public IEnumerable<HeldMessage> Held => _held;

    public override void Check(ShortString routingKey, FieldTable arguments) => inner.Check(routingKey, arguments);

    public override void Check(Destination destination) => inner.Check(destination);

    public override void Add(Binding binding) => inner.Add(binding);

    public override void Remove(Binding binding) => inner.Remove(binding);

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes) => inner.Route(routingKey, properties, routes);

    /// <summary>Keeps the message if it is to be delayed.</summary>
    public bool TryHold(Exchange exchange, Message message)
    {
        if ((message.PropertyFlags & PropertyFlags.Headers) == 0 || !DelayHeader.TryRead(message.Properties.Headers, out var delayMs))
            return false;
        message.AddReference();
        var held = Hold(exchange, message, delayMs, host.NowTicks + (delayMs * TimeSpan.TicksPerMillisecond));
        if (exchange.RecordId != 0 && message.IsPersistent)
            host.Records!.Messages.Add(held);
        return true;
    }

    /// <summary>Holds a message, and takes over one reference to it.</summary>
    public HeldMessage Hold(Exchange exchange, Message message, long delayMs, long dueTicks)
    {
        var held = new HeldMessage(this, exchange, message, delayMs);
        held.Node = _held.AddLast(held);
        host.Deadlines.Set(held, dueTicks);
        return held;
    }

    /// <summary>The message's time has come: it is routed now.</summary>
    public void Publish(HeldMessage held)
    {
        _held.Remove(held.Node!);
        var shownFrom = host.Records?.Messages.Remove(held) ?? 0;
        var message = Copy(held);
        message.ShownFrom = shownFrom;
        held.Message.Release();
        if (host.Routes.Find(held.Exchange, message))
        {
            foreach (var queue in host.Routes.Queues)
                queue.Publish(message);
            foreach (var caller in host.Routes.Callers)
                caller.Consumers.DeliverReply(message);
        }
        message.Release();
    }

    /// <summary>The exchange ends.</summary>
    public override void End()
    {
        foreach (var held in _held)
        {
            host.Deadlines.Clear(held);
            host.Records?.Messages.Remove(held);
            held.Message.Release();
        }
        _held.Clear();
        host.DelayedRouters.Remove(this);
    }

    // A time to live counts from now on.
    private Message Copy(HeldMessage held)
    {
        var old = held.Message;
        var headers = DelayHeader.Negate(old.Properties.Headers, held.DelayMs);
        var message = host.Messages.Copy(old, PropertiesRewrite.WithHeaders(old.Properties, headers));
        message.PublishedAtTicks = host.NowTicks;
        message.TimeToLiveTicks = old.TimeToLiveTicks;
        message.IsRoutedByKeyOnly = old.IsRoutedByKeyOnly;
        message.Deaths = old.Deaths;
        return message;
    }
}
