using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What becomes of a message when it dies: its history gets one death more, and a copy of it with that history goes to the dead-letter exchange.</summary>
internal static class DeadLetterCopy
{
    /// <summary>The message's history with this death, which happens now.</summary>
    public static DeathHistory HistoryOf(VirtualHost host, Message message, Queue queue, DeathReason reason)
    {
        var profile = host.Options.Profile;
        var before = message.Deaths ?? (profile.ReadsDeathsOfClients ? DeathHistory.Read(message.Properties.Headers) : null);
        return DeathHistory.Add(before, message, queue.Name, reason, new DateTimeOffset(host.NowTicks, TimeSpan.Zero), profile);
    }

    /// <summary>
    /// The message as its dead-letter exchange gets it, with one reference, the caller's. With a dead-letter routing key it has that key alone from now on;
    /// its header CC, if it stays, routes nothing any more.
    /// </summary>
    public static Message Of(VirtualHost host, Message old, DeathHistory history, DeadLetterTarget target)
    {
        var profile = host.Options.Profile;
        var headers = history.WriteInto(old.Properties.Headers, profile);
        if (target.RoutingKey is not null && !profile.KeepsCopiesBesideDeadLetterKey)
            headers = CarbonCopies.CutOpen(headers);
        var properties = PropertiesRewrite.WithHeaders(old.Properties, headers, dropExpiration: true);
        var exchange = target.Exchange.Span;
        var key = target.RoutingKey is { } other ? other.Span : old.RoutingKeySpan;
        var blindCopies = target.RoutingKey is null ? old.BlindCopyOctets : default;
        Span<byte> address = stackalloc byte[exchange.Length + key.Length];
        exchange.CopyTo(address);
        key.CopyTo(address[exchange.Length..]);
        var message = host.Messages.Rent(address.Length + blindCopies.Length + properties.Octets.Length + old.BodyLength);
        message.Begin(address, exchange.Length, blindCopies, properties.Octets.Span, properties.Flags);
        message.Append(old.Body);
        message.IsRoutedByKeyOnly = old.IsRoutedByKeyOnly || target.RoutingKey is not null;
        message.Deaths = history;
        return message;
    }
}
