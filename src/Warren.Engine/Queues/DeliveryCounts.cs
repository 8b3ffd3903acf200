using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// How often a quorum queue's messages came back: they carry it in the header <c>x-delivery-count</c>, and who comes back more often than the
/// limit allows is a dead letter (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). Positions that never came back
/// take no room.
/// </summary>
/// <param name="limit">What <see cref="Limit"/> is at first.</param>
/// <param name="host">Its profile says which returns count, and how the headers tell of them.</param>
internal sealed class DeliveryCounts(long limit, VirtualHost host)
{
    /// <summary>The limit of a queue that has none.</summary>
    public const long NoLimit = -1;

    private readonly Dictionary<ulong, ReturnCount> _counts = [];

    // How often it came back, how many of these times count towards the limit, and where the journal has that.
    private readonly record struct ReturnCount(long All, long Counted)
    {
        public ulong RecordId { get; init; }

        public long RecordedAt { get; init; }
    }

    private Profile Profile => host.Options.Profile;

    /// <summary>The records of all counts, for checks.</summary>
    public IEnumerable<ulong> RecordIds => _counts.Values.Select(static count => count.RecordId).Where(static id => id != 0);

    /// <summary>How often a message may come back; negative is no limit.</summary>
    public long Limit { get; set; } = limit;

    /// <summary>It comes back once more.</summary>
    /// <returns>False when that was once too often.</returns>
    public bool TryReturn(ulong position, bool isCounted)
    {
        var before = _counts.GetValueOrDefault(position);
        var count = before with { All = before.All + 1, Counted = isCounted ? before.Counted + 1 : before.Counted };
        _counts[position] = count;
        return Limit < 0 || count.Counted <= Limit;
    }

    /// <summary>How often it came back in a way that counts towards the limit.</summary>
    public long CountedOf(ulong position) => _counts.GetValueOrDefault(position).Counted;

    /// <summary>It has left the queue.</summary>
    public void Forget(ulong position)
    {
        if (_counts.Remove(position, out var count) && count.RecordId != 0)
            host.Records!.Remove(count.RecordId);
    }

    /// <summary>Writes how often it came back.</summary>
    public void Keep(QueueRecords records, Message message, ulong position, long delayedUntilTicks)
    {
        var count = _counts[position];
        var id = records.WriteReturns(count.RecordId, message, position, count.All, count.Counted, delayedUntilTicks);
        _counts[position] = count with { RecordId = id, RecordedAt = host.Records!.Journal.Position };
    }

    /// <summary>The queue has ended: nothing comes back any more.</summary>
    public void End()
    {
        foreach (var id in RecordIds)
            host.Records!.Remove(id);
        _counts.Clear();
    }

    /// <summary>As it was recovered.</summary>
    public void Restore(ulong position, long all, long counted, ulong recordId) =>
        _counts[position] = new ReturnCount(all, counted) { RecordId = recordId };

    /// <summary>False while its last return is not on disk: a client that saw it now could see a smaller count after a crash.</summary>
    public bool IsOnDisk(ulong position) => _counts.GetValueOrDefault(position).RecordedAt <= host.Records!.Waits.Persisted;

    /// <summary>The properties with the headers that tell of it; the same ones when there is nothing to tell.</summary>
    public PropertiesView WriteInto(PropertiesView properties, ulong position)
    {
        var count = _counts.GetValueOrDefault(position);
        var deliveries = count.Counted > 0 || Profile.WritesDeliveryCountAtFirst ? count.Counted : default(long?);
        var acquisitions = count.All > 0 && !Profile.CountsNackAsReturn ? count.All : default(long?);
        return deliveries is null && acquisitions is null ? properties : PropertiesRewrite.WithCounts(properties, deliveries, acquisitions);
    }
}
