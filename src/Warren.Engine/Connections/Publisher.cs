using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A channel's way in: takes the frames of a publish, checks it, routes it, returns and confirms it.</summary>
internal sealed class Publisher(Channel channel)
{
    private ContentAssembly? _content; // A channel that never publishes does without.

    /// <summary>The message whose frames are arriving, for the count of references.</summary>
    public Message? Unfinished => _content?.Unfinished;

    private VirtualHost Host => channel.Host;

    private Connection Connection => channel.Connection;

    public void ExpectMethod() => _content?.ExpectMethod();

    public void Begin(in BasicPublish publish)
    {
        if (publish.Immediate)
            throw new ConnectionException(ReplyCode.NotImplemented, "immediate=true");
        _content ??= new ContentAssembly(Host.Messages, Connection);
        _content.Begin(publish);
    }

    public void AddHeader(ReadOnlyMemory<byte> payload)
    {
        _content ??= new ContentAssembly(Host.Messages, Connection);
        if (_content.AddHeader(payload, Host.Options.MaxMessageOctets, channel.Consumers.ReplyAddress) is { } message)
            Take(message);
    }

    public void AddBody(ReadOnlySpan<byte> part)
    {
        _content ??= new ContentAssembly(Host.Messages, Connection);
        if (_content.AddBody(part) is { } message)
            Take(message);
    }

    public void Abandon() => _content?.Abandon();

    /// <summary>Routes a message that was checked, to the queues or back to its publisher.</summary>
    public void Publish(Message message, bool mandatory, FieldTable blindCopies)
    {
        var exchange = Host.Exchanges.Find(message.Exchange.Span); // Null: deleted while a transaction was open.
        var routes = Host.Routes;
        routes.Clear();
        if (exchange is not null)
            routes.Find(exchange, message, blindCopies);
        foreach (var queue in routes.Queues)
            queue.Publish(message);
        foreach (var caller in routes.Callers)
            caller.Consumers.DeliverReply(message);
        if (mandatory && routes.IsEmpty)
        {
            var text = ReplyCode.NoRoute.ReplyText("");
            channel.SendContent(new BasicReturn((ushort)ReplyCode.NoRoute, text, message.Exchange, message.RoutingKey), message);
        }
    }

    private void Take(Message message)
    {
        try
        {
            Check(message);
            if (channel.Transaction is { } transaction)
                transaction.Add(message, _content!.Mandatory, _content.BlindCopies);
            else
                Publish(message, _content!.Mandatory, _content.BlindCopies);
        }
        finally
        {
            message.Release();
        }
        channel.Confirms?.Confirm();
    }

    private void Check(Message message)
    {
        var exchange = Host.Exchanges.Require(message.Exchange);
        if (exchange.Internal)
            throw new ChannelException(ReplyCode.AccessRefused, $"cannot publish to internal {Host.Describe("exchange", exchange.Name)}");
        var properties = message.Properties;
        if (!properties.Has(PropertyFlags.UserId | PropertyFlags.Expiration | PropertyFlags.Headers | PropertyFlags.ReplyTo))
            return;
        if (properties.Has(PropertyFlags.UserId) && properties.UserId.ToString() is var user && user != Connection.Settings.User)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"user_id property set to '{user}' but authenticated user was '{Connection.Settings.User}'");
        }
        if (properties.Has(PropertyFlags.Expiration))
            Expiration.Check(properties.Expiration);
        CarbonCopies.Of(properties, _content!.BlindCopies);
        if (properties.Has(PropertyFlags.ReplyTo) && properties.ReplyTo.Span.SequenceEqual(ReplyAddresses.PseudoQueue))
            throw new ChannelException(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");
    }
}
