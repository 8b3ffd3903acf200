using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// All deaths of a message, the last one first: one per queue and reason. The engine keeps it beside the message; what a client writes into
/// the headers of its own accord is not believed, as in RabbitMQ 4.
/// </summary>
internal sealed class DeathHistory
{
    private readonly Death[] _newestFirst;
    private readonly Death _first;
    private readonly ShortString _lastExchange;

    private DeathHistory(Death[] newestFirst, Death first, ShortString lastExchange)
    {
        _newestFirst = newestFirst;
        _first = first;
        _lastExchange = lastExchange;
    }

    /// <summary>One death more.</summary>
    /// <param name="before">What the message had behind it, or null.</param>
    /// <param name="message">The message as it is now.</param>
    /// <param name="queue">Where it dies.</param>
    /// <param name="reason">Why.</param>
    /// <param name="now">When.</param>
    public static DeathHistory Add(DeathHistory? before, Message message, ShortString queue, DeathReason reason, DateTimeOffset now)
    {
        var others = new List<Death>();
        Death? again = null;
        foreach (var death in before?._newestFirst ?? [])
        {
            if (death.Reason == reason && death.Queue == queue)
                again = death with { Count = death.Count + 1 };
            else
                others.Add(death);
        }
        var exchange = message.Exchange.ToOwned();
        again ??= new Death(queue, reason, exchange, KeysOf(message), now, ExpirationOf(message), 1);
        return new DeathHistory([again, .. others], before?._first ?? again, exchange);
    }

    /// <summary>
    /// True when a message with this history may not enter the queue: it has been there, and nobody has rejected it since. A cycle that runs
    /// by itself would never end.
    /// </summary>
    public bool IsCycle(ShortString queue)
    {
        foreach (var death in _newestFirst)
        {
            if (death.Reason == DeathReason.Rejected)
                return false;
            if (death.Queue == queue)
                return true;
        }
        return false;
    }

    /// <summary>The headers with this history in the place of any other, in the order of their names.</summary>
    public FieldTable WriteInto(FieldTable headers)
    {
        var table = new FieldTableBuilder();
        foreach (var field in headers)
        {
            if (!IsMine(field.Name.Span))
                table.Add(field.Name, field.Value);
        }
        table.Add("x-death", Array.ConvertAll(_newestFirst, static death => death.ToTable()));
        AddSummary(table, "x-first-death-", _first, _first.Exchange);
        AddSummary(table, "x-last-death-", _newestFirst[0], _lastExchange);
        return SortedTable.Of(table.ToTable());
    }

    private static void AddSummary(FieldTableBuilder table, string prefix, Death death, ShortString exchange) => table
        .Add(prefix + "exchange", exchange)
        .Add(prefix + "queue", death.Queue)
        .Add(prefix + "reason", death.Reason.Word());

    private static bool IsMine(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("x-death"u8)
        || ((name.StartsWith("x-first-death-"u8) || name.StartsWith("x-last-death-"u8))
            && (name.EndsWith("-exchange"u8) || name.EndsWith("-queue"u8) || name.EndsWith("-reason"u8)));

    private static ShortString[] KeysOf(Message message)
    {
        var keys = new List<ShortString>();
        if (!message.IsRoutedByKeyOnly)
            CarbonCopies.Collect(keys, message.Properties, default);
        keys.Insert(0, message.RoutingKey);
        return [.. keys.ConvertAll(static key => key.ToOwned())];
    }

    private static ShortString? ExpirationOf(Message message) =>
        message.Properties.Has(PropertyFlags.Expiration) ? message.Properties.Expiration.ToOwned() : default(ShortString?);
}
