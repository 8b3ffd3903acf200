using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A channel's way in: takes the frames of a publish, checks it, routes it, returns and confirms it.</summary>
internal sealed class Publisher(Channel channel)
{
    private const PropertyFlags CheckedProperties =
        PropertyFlags.UserId | PropertyFlags.Expiration | PropertyFlags.Headers | PropertyFlags.ReplyTo;

    private ContentAssembly? _content; // A channel that never publishes does without.
    private Exchange? _last; // That it published to: mostly the next message goes there too.

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
        var message = _content.AddHeader(payload, channel.Consumers.ReplyAddress);
        if (Host.Alarms != Alarms.None)
            Connection.Block(); // Here, as RabbitMQ does: a message without a body is still taken, the body of another waits.
        if (message is not null)
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
    /// <returns>False when a queue has refused it.</returns>
    /// <exception cref="ChannelException">406: its further keys are too many for the exchanges on its way. No queue has got it.</exception>
    public bool Publish(Exchange exchange, Message message, bool mandatory)
    {
        if (exchange.IsDefault && !message.MayHaveCopies && Host.Queues.Find(message.RoutingKeySpan) is { } only)
            return Host.Tracer is null ? only.Publish(message) : PublishTraced(only, message); // One name, one queue: most messages of work queues and calls.
        var isTaken = true;
        var routes = Host.Routes;
        if (!routes.Find(exchange, message))
            throw TooManyWays(routes.CopyCount);
        Host.Tracer?.Published(channel, message, routes.Queues);
        foreach (var queue in routes.Queues)
            isTaken &= queue.Publish(message);
        foreach (var caller in routes.Callers)
            caller.Consumers.DeliverReply(message);
        if (mandatory && (routes.IsEmpty || IsForCallersAlone(routes)))
            Return(message);
        return isTaken;
    }

    private bool PublishTraced(Queue only, Message message)
    {
        Host.Tracer!.Published(channel, message, [only]);
        return only.Publish(message);
    }

    private void Take(Message message)
    {
        var isTaken = true;
        var isKept = false;
        try
        {
            var exchange = Connection.IsRestricted ? FindAllowed(message) : Find(message);
            if ((message.PropertyFlags & CheckedProperties) != 0)
                CheckProperties(message);
            if (channel.Transaction is { } transaction)
                transaction.Add(exchange, message, _content!.Mandatory);
            else
                isTaken = Publish(exchange, message, _content!.Mandatory);
            if (Host.Records is not null)
                isKept = IsKept(Host.Records, message);
        }
        finally
        {
            message.Release();
        }
        if (channel.Confirms is not { } confirms)
            return;
        if (isTaken)
            confirms.Confirm(isKept);
        else
            confirms.Refuse(isKept);
    }

    // True when the step has written the message, or will write dead letters that it has caused.
    private bool IsKept(HostRecords records, Message message)
    {
        records.Messages.Write();
        return message.Kept.RecordId != 0 || Host.DeadLetters.IsPending;
    }

    private Exchange Find(Message message)
    {
        if (_last is { IsDeleted: false } last && message.ExchangeSpan.SequenceEqual(last.Name.Span))
            return last;
        var exchange = Host.Exchanges.Find(message.ExchangeSpan) ?? throw ExchangeDirectory.NotFound(Host, message.Exchange);
        return exchange.Internal ? throw Internal(exchange) : _last = exchange;
    }

    // The permission comes before everything else: whoever has none learns nothing of what there is.
    private Exchange FindAllowed(Message message)
    {
        channel.RequireExchange(Permission.Write, message.Exchange);
        var exchange = Find(message);
        channel.RequireTopic(Permission.Write, exchange, message.RoutingKey);
        if (!message.MayHaveCopies)
            return exchange;
        foreach (var copy in Host.Routes.CheckCopies(message))
            channel.RequireTopic(Permission.Write, exchange, copy);
        return exchange;
    }

    private void CheckProperties(Message message)
    {
        var properties = message.Properties;
        if (_content!.IsWithoutReplyAddress)
            throw new ChannelException(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");
        if (properties.Has(PropertyFlags.UserId))
            CheckUser(properties.UserId.ToString());
        message.PublishedAtTicks = Host.NowTicks;
        if (properties.Has(PropertyFlags.Expiration))
            message.TimeToLiveTicks = Expiration.ReadMs(properties.Expiration) * TimeSpan.TicksPerMillisecond;
        if (message.MayHaveCopies && channel.Transaction is not null)
            Host.Routes.CheckCopies(message); // Now, and not when it is committed; without a transaction the routing does it.
    }

    private void CheckUser(string user)
    {
        if (user != Connection.Settings.User && !Connection.Authority.MayImpersonate)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"user_id property set to '{user}' but authenticated user was '{Connection.Settings.User}'");
        }
    }

    // Older releases know a reply's address to no queue, and return what they have delivered.
    private bool IsForCallersAlone(Routes routes) => routes.Queues.IsEmpty && Host.Options.Profile.ReturnsRepliesToLiveAddress;

    private void Return(Message message)
    {
        var text = ReplyCode.NoRoute.ReplyText("");
        channel.SendContent(new BasicReturn((ushort)ReplyCode.NoRoute, text, message.Exchange, message.RoutingKey), message);
    }

    private static ChannelException TooManyWays(int copies) => new(
        ReplyCode.PreconditionFailed, $"invalid message: {copies} further routing keys are too many for the exchanges on its way");

    private ChannelException Internal(Exchange exchange) =>
        new(ReplyCode.AccessRefused, $"cannot publish to internal {Host.Describe("exchange", exchange.Name)}");
}
