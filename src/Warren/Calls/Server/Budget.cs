using System.Buffers.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>How much of its caller's time a request has left.</summary>
internal readonly record struct Budget
{
    // A request cannot be much older than its timeout: the broker would have dropped it by its expiration. An age beyond this is a wrong clock.
    private const long MostPlausibleDelayMs = 60_000;

    private Budget(long leftMs, long? ageMs = null)
    {
        LeftMs = leftMs;
        Age = ageMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
    }

    /// <summary>Milliseconds; negative when the time is up, <see cref="long.MaxValue"/> when the caller set no limit.</summary>
    public long LeftMs { get; }

    /// <summary>How old the request is by the two clocks; null when it does not say, or cannot be believed.</summary>
    public TimeSpan? Age { get; }

    public static Budget Unlimited => new(long.MaxValue);

    public bool IsSpent => LeftMs <= 0;

    public bool IsLimited => LeftMs != long.MaxValue;

    /// <summary>
    /// Timeout minus age. A sender whose clock is ahead gives no more than the timeout, and one whose clock is far behind is not believed,
    /// so clocks that are an hour apart change nothing.
    /// </summary>
    public static Budget Read(PropertiesView properties, long nowMs)
    {
        if (!properties.Has(PropertyFlags.Headers))
            return FromExpiration(properties);
        var headers = properties.Headers;
        if (!headers.TryGet(RpcHeaders.TimeoutMs, out var value) || !value.TryGetInteger(out var timeoutMs) || timeoutMs <= 0)
            return FromExpiration(properties);
        if (!headers.TryGet(RpcHeaders.SentAt, out value) || !value.TryGetInteger(out var sentAtMs))
            return new Budget(timeoutMs);
        var ageMs = Math.Max(0, nowMs - sentAtMs);
        return ageMs > timeoutMs + MostPlausibleDelayMs ? new Budget(timeoutMs) : new Budget(timeoutMs - ageMs, ageMs);
    }

    // A foreign client that lets its request expire waits no longer than that.
    private static Budget FromExpiration(PropertiesView properties) =>
        Utf8Parser.TryParse(properties.Expiration.Span, out long expirationMs, out var read) && read == properties.Expiration.Length && expirationMs > 0
            ? new Budget(expirationMs)
            : Unlimited;
}
