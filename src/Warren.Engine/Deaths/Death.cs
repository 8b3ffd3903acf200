using Warren.Amqp;

namespace Warren.Engine;

/// <summary>That a message died in a queue for a reason, once or more often: one table of the header <c>x-death</c>.</summary>
/// <param name="Queue">Where; null when a client wrote the table and does not say.</param>
/// <param name="Reason">Why, as the word in the header; null as above.</param>
/// <param name="Table">The table with all that it tells.</param>
internal sealed record Death(ShortString? Queue, ShortString? Reason, FieldTable Table)
{
    /// <summary>The first time.</summary>
    /// <param name="queue">Where.</param>
    /// <param name="reason">Why.</param>
    /// <param name="exchange">The exchange it had come by.</param>
    /// <param name="routingKeys">The keys it had: its own and those of CC, not those of BCC.</param>
    /// <param name="time">When.</param>
    /// <param name="originalExpiration">The expiration it had.</param>
    /// <param name="profile">Where that stands.</param>
    public static Death First(
        ShortString queue, DeathReason reason, ShortString exchange, ShortString[] routingKeys, DateTimeOffset time, ShortString? originalExpiration, Profile profile)
    {
        var table = new FieldTableBuilder();
        if (originalExpiration is { } before && !profile.PutsOriginalExpirationLast)
            table.Add("original-expiration", before);
        table
            .Add("count", 1L)
            .Add("reason", reason.Word())
            .Add("queue", queue)
            .Add("time", time)
            .Add("exchange", exchange)
            .Add("routing-keys", routingKeys);
        if (originalExpiration is { } behind && profile.PutsOriginalExpirationLast)
            table.Add("original-expiration", behind);
        return new Death(queue, reason.Word(), table.ToTable());
    }

    /// <summary>What a client has written.</summary>
    public static Death Read(FieldTable table) => new(NameIn(table, "queue"u8), NameIn(table, "reason"u8), table.ToOwned());

    /// <summary>Once more.</summary>
    public Death Again()
    {
        var table = new FieldTableBuilder();
        var isCounted = false;
        foreach (var (name, value) in Table)
        {
            if (name.Span.SequenceEqual("count"u8) && value.TryGetInteger(out var count))
            {
                table.Add("count", count == long.MaxValue ? count : count + 1);
                isCounted = true;
            }
            else
            {
                table.Add(name, value);
            }
        }
        return this with { Table = isCounted ? table.ToTable() : table.Add("count", 1L).ToTable() };
    }

    /// <summary>With a count, if the table has none.</summary>
    public Death WithCount(long count)
    {
        if (Table.TryGet("count"u8, out _))
            return this;
        var table = new FieldTableBuilder().Add("count", count);
        foreach (var (name, value) in Table)
            table.Add(name, value);
        return this with { Table = table.ToTable() };
    }

    private static ShortString? NameIn(FieldTable table, ReadOnlySpan<byte> name) =>
        table.TryGet(name, out var value) && value is { Type: FieldType.LongString, Octets.Length: <= ShortString.MaxLength }
            ? new ShortString(value.Octets).ToOwned()
            : default(ShortString?);
}
