using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// <c>x-delayed-retry-type</c>, <c>-min</c> and <c>-max</c>: how long a message that came back to a quorum queue waits before it is ready again
/// (https://www.rabbitmq.com/docs/quorum-queues#delayed-retry).
/// </summary>
/// <param name="DelaysFailed">True when a return that counts towards the delivery limit waits: a basic.reject, or a consumer that is gone.</param>
/// <param name="DelaysReturned">True when one that does not count waits: a basic.nack.</param>
/// <param name="MinMs">The wait after the first failure; each further one adds as much.</param>
/// <param name="MaxMs">The longest wait.</param>
internal sealed record RetryDelay(bool DelaysFailed, bool DelaysReturned, long MinMs, long MaxMs)
{
    /// <summary>Null when the arguments ask for none. Without a minimum there is none either, and without a maximum the minimum is it.</summary>
    public static RetryDelay? Of(FieldTable arguments)
    {
        if (!arguments.TryGet("x-delayed-retry-type"u8, out var type) || !TryGetMs(arguments, "x-delayed-retry-min"u8, out var minMs))
            return null;
        if (!TryGetMs(arguments, "x-delayed-retry-max"u8, out var maxMs))
            maxMs = minMs;
        var isAll = type.Octets.Span.SequenceEqual("all"u8);
        var delay = new RetryDelay(isAll || type.Octets.Span.SequenceEqual("failed"u8), isAll || type.Octets.Span.SequenceEqual("returned"u8), minMs, maxMs);
        return delay.DelaysFailed || delay.DelaysReturned ? delay : null;
    }

    /// <summary>How long a message waits that came back just now; 0 is not at all.</summary>
    /// <param name="hasFailed">True when that counts towards the delivery limit.</param>
    /// <param name="failures">How often it has failed, this time included. A message that never did waits as after the first time.</param>
    public long TicksAfter(bool hasFailed, long failures)
    {
        if (!(hasFailed ? DelaysFailed : DelaysReturned))
            return 0;
        failures = Math.Max(failures, 1);
        var isWithin = MinMs == 0 || failures <= MaxMs / MinMs; // The product could be more than there is.
        return (isWithin ? MinMs * failures : MaxMs) * TimeSpan.TicksPerMillisecond;
    }

    private static bool TryGetMs(FieldTable arguments, ReadOnlySpan<byte> name, out long ms)
    {
        ms = 0;
        if (!arguments.TryGet(name, out var value) || !value.TryGetInteger(out ms))
            return false;
        ms = Math.Min(ms, Expiration.LargestMs); // A policy may ask for more than all times.
        return true;
    }
}
