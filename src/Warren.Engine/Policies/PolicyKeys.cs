using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Every key of a policy's definition that this broker knows (https://www.rabbitmq.com/docs/policies), with RabbitMQ's words for a wrong value. What a key
/// does to a queue is what the argument does that has this <see cref="QueueArgument.PolicyKey"/>.
/// </summary>
internal static class PolicyKeys
{
    private static readonly PolicyKey[] All =
    [
        new("alternate-exchange", "alternate exchange name") { Takes = IsString },
        new("dead-letter-exchange", "dead letter exchange name") { Takes = IsString },
        new("dead-letter-routing-key", "dead letter routing key") { Takes = IsString },
        new("dead-letter-strategy", "dead letter strategy") { Takes = static value => IsOneOf(value, "at-most-once", "at-least-once"), OnlyFor = QueueType.Quorum },
        new("message-ttl", "message TTL") { Takes = static value => IsAtLeast(value, 0), IsForOperators = Always, Merge = Math.Min },
        new("expires", "queue expiry") { Takes = static value => IsAtLeast(value, 1), IsForOperators = Always, Merge = Math.Min },
        new("max-length", "maximum length") { Takes = static value => IsAtLeast(value, 0), IsForOperators = Always, Merge = Math.Min },
        new("max-length-bytes", "maximum length in bytes") { Takes = static value => IsAtLeast(value, 0), IsForOperators = Always, Merge = Math.Min },
        new("max-in-memory-length", "maximum memory in bytes")
        {
            Takes = static value => IsAtLeast(value, 0),
            IsForOperators = Always,
            Merge = Math.Min,
            OnlyFor = QueueType.Quorum,
        },
        new("max-in-memory-bytes", "maximum memory in bytes")
        {
            Takes = static value => IsAtLeast(value, 0),
            IsForOperators = Always,
            Merge = Math.Min,
            OnlyFor = QueueType.Quorum,
        },
        new("queue-mode", "queue-mode value") { Takes = static value => IsOneOf(value, "default", "lazy"), OnlyFor = QueueType.Classic },
        new("queue-version", "queue-version value") { Takes = static value => value.TryGetInteger(out var version) && version is 1 or 2 },
        new("overflow", "overflow value")
        {
            Takes = static value => IsOneOf(value, "drop-head", "reject-publish", "reject-publish-dlx"),
            IsForOperators = static profile => profile.HasNewPolicyKeys,
        },
        new("delivery-limit", "delivery limit")
        {
            Takes = static value => IsAtLeast(value, 0),
            IsForOperators = Always,
            Merge = SmallerOrNone,
            OnlyFor = QueueType.Quorum,
        },
        new("queue-leader-locator", "queue leader locator value")
        {
            Takes = static value => IsOneOf(value, "client-local", "balanced", "random", "least-leaders"),
        },
        new("consumer-timeout", "consumer timeout")
        {
            Takes = static value => IsAtLeast(value, 0),
            Exists = static profile => profile.HasNewPolicyKeys,
            IsForOperators = Always,
            Merge = Math.Min,
        },
        new("consumer-disconnected-timeout", "consumer disconnected timeout")
        {
            Takes = static value => IsAtLeast(value, 0),
            Exists = HasRetries,
            Merge = Math.Min,
            OnlyFor = QueueType.Quorum,
        },
        new("delayed-retry-type", "delayed retry type")
        {
            Takes = static value => IsOneOf(value, "disabled", "all", "failed", "returned"),
            Exists = HasRetries,
            OnlyFor = QueueType.Quorum,
        },
        new("delayed-retry-min", "delayed retry minimum")
        {
            Takes = static value => IsAtLeast(value, 0),
            Exists = HasRetries,
            Merge = Math.Min,
            OnlyFor = QueueType.Quorum,
        },
        new("delayed-retry-max", "delayed retry maximum")
        {
            Takes = static value => IsAtLeast(value, 0),
            Exists = HasRetries,
            Merge = Math.Min,
            OnlyFor = QueueType.Quorum,
        },
        new("target-group-size", "qq target count value")
        {
            Takes = static value => IsAtLeast(value, 1),
            Exists = static profile => profile.HasNewPolicyKeys,
            IsForOperators = Always,
            Merge = Math.Max,
            OnlyFor = QueueType.Quorum,
        },
        new("queue-master-locator", "master locator")
        {
            Takes = IsString,
            Exists = static profile => profile.TakesMasterLocator,
            OnlyFor = QueueType.Classic,
        },
        Mirroring("ha-mode"),
        Mirroring("ha-params"),
        Mirroring("ha-sync-mode"),
        Mirroring("ha-sync-batch-size"),
        Mirroring("ha-promote-on-shutdown"),
        Mirroring("ha-promote-on-failure"),
        new("max-age", "max age") { Takes = IsAge, IsForStreams = true },
        new("stream-max-segment-size-bytes", "segment size") { Takes = static value => IsAtLeast(value, 0), IsForStreams = true },
        new("initial-cluster-size", "cluster size") { Takes = static value => IsAtLeast(value, 1), IsForStreams = true },
    ];

    /// <summary>Null for a key that means nothing in this profile.</summary>
    public static PolicyKey? Find(ShortString name, Profile profile)
    {
        foreach (var key in All)
        {
            if (key.Name == name)
                return key.Exists(profile) ? key : null;
        }
        return null;
    }

    private static PolicyKey Mirroring(string name) => new(name, "ha policy")
    {
        Takes = static _ => true,
        Exists = static profile => profile.HasMirroredQueues,
        OnlyFor = QueueType.Classic,
    };

    private static bool HasRetries(Profile profile) => !profile.TakesRetryArgumentsOnClassicQueue;

    private static bool Always(Profile profile) => true;

    // A negative limit is no limit.
    private static long SmallerOrNone(long left, long right) => left < 0 || right < 0 ? Math.Max(left, right) : Math.Min(left, right);

    private static bool IsString(FieldValue value) => value.Type == FieldType.LongString;

    private static bool IsAtLeast(FieldValue value, long smallest) => value.TryGetInteger(out var integer) && integer >= smallest;

    private static bool IsOneOf(FieldValue value, params ReadOnlySpan<string> words) => value.TryGetString(out var text) && words.Contains(text);

    // A number and its unit: years, months, days, hours, minutes or seconds.
    private static bool IsAge(FieldValue value) =>
        value.TryGetString(out var text) && text.Length > 1 && "YMDhms".Contains(text[^1], StringComparison.Ordinal) && text.AsSpan(..^1).IndexOfAnyExceptInRange('0', '9') < 0;
}
