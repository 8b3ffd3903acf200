using System.Buffers.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>How much of its caller's time a request has left.</summary>
internal readonly record struct Budget
{
    // A request that comes to its server is hardly older than its timeout: the broker would have dropped it by its expiration. One that is, by more than
    // the road from the broker takes, shows that the two clocks differ.
    private const long MostDelayMs = 1000;

    private readonly bool _isAgeKnown;

    private Budget(long timeoutMs, long usedMs, bool isAgeKnown = false)
    {
        LeftMs = timeoutMs - usedMs;
        UsedMs = usedMs;
        _isAgeKnown = isAgeKnown;
    }

    /// <summary>Milliseconds; negative when the time is up, <see cref="long.MaxValue"/> when the caller set no limit.</summary>
    public long LeftMs { get; }

    /// <summary>How old the request is by the two clocks; null when it does not say, or cannot be believed.</summary>
    public TimeSpan? Age => _isAgeKnown ? TimeSpan.FromMilliseconds(UsedMs) : null;

    /// <summary>Milliseconds of the caller's time that are gone, as far as can be told.</summary>
    public long UsedMs { get; }

    public static Budget Unlimited => new(long.MaxValue, 0);

    public bool IsSpent => LeftMs <= 0;

    public bool IsLimited => LeftMs != long.MaxValue;

    /// <summary>
    /// Timeout minus age: the age that it had when it came, by the two clocks, and what it has waited here, by ours alone. A sender whose clock is ahead
    /// gives no more than the timeout, and one whose clock is behind by more than that is not believed, so clocks that are far apart change nothing.
    /// </summary>
    /// <param name="properties">The request's.</param>
    /// <param name="arrivedMs">When it came, in milliseconds of Unix time.</param>
    /// <param name="waitedMs">How long ago that is.</param>
    public static Budget Read(PropertiesView properties, long arrivedMs, long waitedMs)
    {
        if (!properties.Has(PropertyFlags.Headers))
            return FromExpiration(properties, waitedMs);
        var headers = properties.Headers;
        if (!headers.TryGet(RpcHeaders.TimeoutMs, out var value) || !value.TryGetInteger(out var timeoutMs) || timeoutMs <= 0)
            return FromExpiration(properties, waitedMs);
        if (!headers.TryGet(RpcHeaders.SentAt, out value) || !value.TryGetInteger(out var sentAtMs))
            return new Budget(timeoutMs, waitedMs);
        var ageMs = Math.Max(0, arrivedMs - sentAtMs);
        return ageMs > timeoutMs + MostDelayMs ? new Budget(timeoutMs, waitedMs) : new Budget(timeoutMs, ageMs + waitedMs, isAgeKnown: true);
    }

    // A foreign client that lets its request expire waits no longer than that.
    private static Budget FromExpiration(PropertiesView properties, long waitedMs) =>
        Utf8Parser.TryParse(properties.Expiration.Span, out long expirationMs, out var read) && read == properties.Expiration.Length && expirationMs > 0
            ? new Budget(expirationMs, waitedMs)
            : Unlimited;
}
