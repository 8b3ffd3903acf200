namespace Warren.Engine;

/// <summary>
/// How often a quorum queue's messages came back: they carry it in the header <c>x-delivery-count</c>, and who comes back more often than the
/// limit allows is a dead letter (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). Positions that never came back
/// take no room.
/// </summary>
/// <param name="limit">What <see cref="Limit"/> is at first.</param>
internal sealed class DeliveryCounts(long limit)
{
    /// <summary>RabbitMQ 4's limit for a queue that names none.</summary>
    public const long DefaultLimit = 20;

    private readonly Dictionary<ulong, long> _counts = [];

    /// <summary>How often a message may come back; negative is no limit.</summary>
    public long Limit { get; set; } = limit;

    /// <summary>How often it came back.</summary>
    public long Of(ulong position) => _counts.GetValueOrDefault(position);

    /// <summary>It comes back once more.</summary>
    /// <returns>False when that was once too often.</returns>
    public bool TryReturn(ulong position)
    {
        var count = Of(position) + 1;
        _counts[position] = count;
        return Limit < 0 || count <= Limit;
    }

    /// <summary>It has left the queue.</summary>
    public void Forget(ulong position) => _counts.Remove(position);
}
