using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// How long a delivery may stay unacknowledged where a queue or a consumer has a time of its own: <c>x-consumer-timeout</c> and the policy key
/// <c>consumer-timeout</c> (https://www.rabbitmq.com/docs/consumers#per-queue-delivery-timeouts-using-optional-queue-arguments).
/// </summary>
/// <param name="Ms">As it was written, and as it stands in reply texts; 0 and less is over at once.</param>
internal sealed record ConsumerTimeout(long Ms)
{
    /// <summary>That of a queue whose argument is no number: releases before 4.3 do not look at it before they need it, and then know no time.</summary>
    private static readonly ConsumerTimeout Never = new(long.MaxValue);

    /// <summary>In ticks.</summary>
    public long Ticks => Ms > Expiration.LargestMs ? long.MaxValue : Math.Max(Ms, 0) * TimeSpan.TicksPerMillisecond;

    /// <summary>A queue's; of argument and policy the shorter time. Null when the broker's own holds.</summary>
    public static ConsumerTimeout? Of(FieldTable arguments, EffectivePolicy policy, Profile profile)
    {
        if (!profile.HasNewPolicyKeys)
            return null;
        var byPolicy = policy.Definition.TryGet("consumer-timeout", out var value) && value.TryGetInteger(out var ms) ? new ConsumerTimeout(ms) : null;
        if (!arguments.TryGet("x-consumer-timeout"u8, out value))
            return byPolicy;
        if (!value.TryGetInteger(out ms))
            return byPolicy ?? Never;
        return byPolicy is not null && byPolicy.Ms < ms ? byPolicy : new ConsumerTimeout(ms);
    }

    /// <summary>A consumer's own; null when it names none, or nothing that is a time.</summary>
    public static ConsumerTimeout? Of(FieldTable arguments, Profile profile) =>
        profile.TakesConsumerTimeout && arguments.TryGet("x-consumer-timeout"u8, out var value) && value.TryGetInteger(out var ms) && ms >= 0
            ? new ConsumerTimeout(ms)
            : null;
}
