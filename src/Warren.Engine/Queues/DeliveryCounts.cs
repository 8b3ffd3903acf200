using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// How often a quorum queue's messages came back: they carry it in the header <c>x-delivery-count</c>, and who comes back more often than the
/// limit allows is a dead letter (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). Positions that never came back
/// take no room.
/// </summary>
/// <param name="limit">What <see cref="Limit"/> is at first.</param>
/// <param name="profile">Which returns count, and how the headers tell of them.</param>
internal sealed class DeliveryCounts(long limit, Profile profile)
{
    /// <summary>The limit of a queue that has none.</summary>
    public const long NoLimit = -1;

    private readonly Dictionary<ulong, ReturnCount> _counts = [];

    // How often it came back, and how many of these times count towards the limit.
    private readonly record struct ReturnCount(long All, long Counted);

    /// <summary>How often a message may come back; negative is no limit.</summary>
    public long Limit { get; set; } = limit;

    /// <summary>It comes back once more.</summary>
    /// <returns>False when that was once too often.</returns>
    public bool TryReturn(ulong position, bool isCounted)
    {
        var before = _counts.GetValueOrDefault(position);
        var count = new ReturnCount(before.All + 1, isCounted ? before.Counted + 1 : before.Counted);
        _counts[position] = count;
        return Limit < 0 || count.Counted <= Limit;
    }

    /// <summary>How often it came back in a way that counts towards the limit.</summary>
    public long CountedOf(ulong position) => _counts.GetValueOrDefault(position).Counted;

    /// <summary>It has left the queue.</summary>
    public void Forget(ulong position) => _counts.Remove(position);

    /// <summary>The properties with the headers that tell of it; the same ones when there is nothing to tell.</summary>
    public PropertiesView WriteInto(PropertiesView properties, ulong position)
    {
        var count = _counts.GetValueOrDefault(position);
        var deliveries = count.Counted > 0 || profile.WritesDeliveryCountAtFirst ? count.Counted : default(long?);
        var acquisitions = count.All > 0 && !profile.CountsNackAsReturn ? count.All : default(long?);
        return deliveries is null && acquisitions is null ? properties : PropertiesRewrite.WithCounts(properties, deliveries, acquisitions);
    }
}
