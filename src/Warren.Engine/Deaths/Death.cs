using Warren.Amqp;

namespace Warren.Engine;

/// <summary>That a message died in a queue for a reason, once or more often: one table of the header <c>x-death</c>.</summary>
/// <param name="Queue">Where.</param>
/// <param name="Reason">Why.</param>
/// <param name="Exchange">The exchange it had come by, the first time.</param>
/// <param name="RoutingKeys">The keys it had, the first time: its own and those of CC, not those of BCC.</param>
/// <param name="FirstTime">When, the first time.</param>
/// <param name="OriginalExpiration">The expiration it had, the first time.</param>
/// <param name="Count">How often.</param>
internal sealed record Death(
    ShortString Queue, DeathReason Reason, ShortString Exchange, ShortString[] RoutingKeys, DateTimeOffset FirstTime, ShortString? OriginalExpiration, long Count)
{
    public FieldTable ToTable()
    {
        var table = new FieldTableBuilder();
        if (OriginalExpiration is { } expiration)
            table.Add("original-expiration", expiration);
        return table
            .Add("count", Count)
            .Add("reason", Reason.Word())
            .Add("queue", Queue)
            .Add("time", FirstTime)
            .Add("exchange", Exchange)
            .Add("routing-keys", RoutingKeys)
            .ToTable();
    }
}
