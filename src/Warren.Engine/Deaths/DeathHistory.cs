using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// All deaths of a message, the last one first: one per queue and reason. The engine keeps it beside the message; what a client writes into
/// the headers of its own accord is not believed, as in RabbitMQ 4, unless the profile is of an older release.
/// </summary>
internal sealed class DeathHistory
{
    private const byte HasFirst = 1;
    private const byte WasReset = 2;

    private readonly Death[] _newestFirst;
    private readonly Summary? _first; // Null when a client began the history: it has written the summary too, or has not.
    private readonly Summary _last;

    private readonly record struct Summary(ShortString Exchange, ShortString Queue, ShortString Reason)
    {
        public static Summary Read(ref WireReader reader) =>
            new(reader.ReadShortString().ToOwned(), reader.ReadShortString().ToOwned(), reader.ReadShortString().ToOwned());

        public void Write(RecordWriter to) => to.ShortString(Exchange.Span).ShortString(Queue.Span).ShortString(Reason.Span);
    }

    private DeathHistory(Death[] newestFirst, Summary? first, Summary last)
    {
        _newestFirst = newestFirst;
        _first = first;
        _last = last;
    }

    // True for what a client has written in the place of a history, and is none.
    private bool IsReset { get; init; }

    /// <summary>One death more.</summary>
    /// <param name="before">What the message had behind it, or null.</param>
    /// <param name="message">The message as it is now.</param>
    /// <param name="queue">Where it dies.</param>
    /// <param name="reason">Why.</param>
    /// <param name="now">When.</param>
    /// <param name="profile">In which order all this stands.</param>
    public static DeathHistory Add(
        DeathHistory? before, Message message, ShortString queue, DeathReason reason, DateTimeOffset now, Profile profile)
    {
        var others = new List<Death>();
        Death? again = null;
        var older = before?._newestFirst ?? [];
        foreach (var death in profile.TurnsDeathsRound ? TurnRound(older) : older)
        {
            if (again is null && death.Reason == reason.Word() && death.Queue == queue)
                again = death.Again();
            else
                others.Add(death);
        }
        var exchange = message.Exchange.ToOwned();
        again ??= Death.First(queue, reason, exchange, KeysOf(message), now, ExpirationOf(message), profile);
        if (profile.TurnsDeathsRound && before is { IsReset: false })
            again = again with { Table = SortedTable.Of(again.Table) };
        var last = new Summary(exchange, queue, reason.Word());
        return new DeathHistory([again, .. others], before is null ? last : before._first, last);
    }

    /// <summary>What a client has written into the headers; null when it has written nothing.</summary>
    public static DeathHistory? Read(FieldTable headers)
    {
        if (!headers.TryGet("x-death"u8, out var value))
            return null;
        var deaths = new List<Death>();
        if (value.Type == FieldType.Array)
        {
            foreach (var one in value.EnumerateArray())
            {
                if (one.TryGetTable(out var table))
                    deaths.Add(Death.Read(table));
            }
        }
        return new DeathHistory([.. deaths], null, default) { IsReset = value.Type != FieldType.Array };
    }

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    /// <exception cref="ProtocolException">It is nothing of the kind.</exception>
    public static DeathHistory Read(ref WireReader reader)
    {
        var flags = reader.ReadOctet();
        var deaths = new List<Death>();
        for (var left = reader.ReadLong(); left > 0; left--)
            deaths.Add(Death.Read(reader.ReadTable()));
        var first = (flags & HasFirst) != 0 ? Summary.Read(ref reader) : default(Summary?);
        return new DeathHistory([.. deaths], first, Summary.Read(ref reader)) { IsReset = (flags & WasReset) != 0 };
    }

    /// <summary>Writes it as part of a record.</summary>
    public void Write(RecordWriter to)
    {
        to.Octet((byte)((_first is null ? 0 : HasFirst) | (IsReset ? WasReset : 0))).Long((uint)_newestFirst.Length);
        foreach (var death in _newestFirst)
            to.Table(death.Table);
        _first?.Write(to);
        _last.Write(to);
    }

    /// <summary>
    /// True when a message with this history may not enter the queue: it has been there, and nobody has rejected it since. A cycle that runs
    /// by itself would never end.
    /// </summary>
    public bool IsCycle(ShortString queue)
    {
        foreach (var death in _newestFirst)
        {
            if (death.Reason == DeathReason.Rejected.Word())
                return false;
            if (death.Queue == queue)
                return true;
        }
        return false;
    }

    /// <summary>The headers with this history in the place of any other, in the order of their names.</summary>
    public FieldTable WriteInto(FieldTable headers, Profile profile)
    {
        var last = profile.WritesLastDeath ? _last : default(Summary?);
        var mine = new FieldTableBuilder().Add("x-death", Array.ConvertAll(_newestFirst, static death => death.Table));
        AddSummary(mine, "x-first-death-", _first);
        AddSummary(mine, "x-last-death-", last);
        return SortedTable.Of(ReplacedFields.In(headers, IsMine, mine.ToTable()));

        bool IsMine(ShortString name) =>
            name.Span.SequenceEqual("x-death"u8)
            || (_first is not null && IsSummary(name.Span, "x-first-death-"u8))
            || (last is not null && IsSummary(name.Span, "x-last-death-"u8));
    }

    // RabbitMQ 3.10 groups a history by queue and reason at each further death, and what it has grouped stands the other way round.
    private static IEnumerable<Death> TurnRound(Death[] deaths)
    {
        if (deaths.Length < 2)
            return deaths;
        var times = new Dictionary<(ShortString?, ShortString?), long>();
        foreach (var death in deaths)
            times[(death.Queue, death.Reason)] = times.GetValueOrDefault((death.Queue, death.Reason)) + 1;
        var grouped = new List<Death>();
        foreach (var death in deaths)
        {
            if (times.Remove((death.Queue, death.Reason), out var count))
                grouped.Insert(0, death.WithCount(count));
        }
        return grouped;
    }

    private static void AddSummary(FieldTableBuilder table, string prefix, Summary? summary)
    {
        if (summary is not { } known)
            return;
        table
            .Add(prefix + "exchange", known.Exchange)
            .Add(prefix + "queue", known.Queue)
            .Add(prefix + "reason", known.Reason);
    }

    private static bool IsSummary(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.StartsWith(prefix) && (name.EndsWith("-exchange"u8) || name.EndsWith("-queue"u8) || name.EndsWith("-reason"u8));

    private static ShortString[] KeysOf(Message message)
    {
        var keys = new List<ShortString>();
        if (!message.IsRoutedByKeyOnly)
            CarbonCopies.CollectOpen(keys, message);
        keys.Insert(0, message.RoutingKey);
        return [.. keys.ConvertAll(static key => key.ToOwned())];
    }

    private static ShortString? ExpirationOf(Message message) =>
        message.Properties.Has(PropertyFlags.Expiration) ? message.Properties.Expiration.ToOwned() : default(ShortString?);
}
