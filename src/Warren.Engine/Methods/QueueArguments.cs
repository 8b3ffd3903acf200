using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Every argument of queue.declare that this broker knows: who takes it, what its value has to be, whether it is compared, and its key in a policy. Others
/// are kept and mean nothing. What a queue does with them stands in <see cref="QueueRules"/>.
/// </summary>
internal static class QueueArguments
{
    private const long MaxTimerMs = Expiration.LargestMs;

    private static readonly QueueType[] ClassicOnly = [QueueType.Classic];
    private static readonly QueueType[] QuorumOnly = [QueueType.Quorum];
    private static readonly QueueType[] StreamsOnly = []; // There are none yet.

    // In RabbitMQ's order: the first one that is wrong is the one that a reply text names.
    private static readonly QueueArgument[] All =
    [
        new("x-expires", "expires") { Fault = static (value, _) => ArgumentFault.Integer(value, 1, MaxTimerMs) },
        new("x-message-ttl", "message-ttl") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, MaxTimerMs) },
        new("x-dead-letter-exchange", "dead-letter-exchange") { Fault = static (value, _) => ArgumentFault.String(value) },
        new("x-dead-letter-routing-key", "dead-letter-routing-key") { Fault = static (value, _) => ArgumentFault.String(value) },
        new("x-dead-letter-strategy", "dead-letter-strategy")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_dlx_strategy", "at-most-once", "at-least-once"),
        },
        new("x-max-length", "max-length") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue) },
        new("x-max-length-bytes", "max-length-bytes") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue) },
        new("x-max-in-memory-length", "max-in-memory-length")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue),
        },
        new("x-max-in-memory-bytes", "max-in-memory-bytes")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue),
        },
        new("x-max-priority") { Types = static _ => ClassicOnly, Fault = static (value, _) => ArgumentFault.MaxPriority(value) },
        new("x-overflow", "overflow")
        {
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx"),
        },
        new("x-queue-mode", "queue-mode")
        {
            Types = static _ => ClassicOnly,
            Fault = static (value, profile) => profile.ChecksQueueMode ? ArgumentFault.QueueMode(value) : null,
        },
        new("x-queue-version", "queue-version")
        {
            Types = static _ => ClassicOnly,
            Fault = static (value, profile) => ArgumentFault.QueueVersion(value, profile.TakesQueueVersion1 ? 1 : 2),
        },
        new("x-single-active-consumer") { Fault = static (value, _) => ArgumentFault.Boolean(value) },
        new("x-queue-type"), // Its value is checked first of all: the rest depends on it.
        new("x-quorum-initial-group-size")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 1, long.MaxValue),
        },
        new("x-max-age", "max-age") { Types = static _ => StreamsOnly },
        new("x-stream-max-segment-size-bytes", "stream-max-segment-size-bytes") { Types = static _ => StreamsOnly },
        new("x-stream-filter-size-bytes", "stream-filter-size-bytes") { Exists = static profile => profile.HasStreamFilters, Types = static _ => StreamsOnly },
        new("x-initial-cluster-size") { Types = static _ => StreamsOnly },
        new("x-queue-leader-locator", "queue-leader-locator")
        {
            Types = static profile => profile.TakesLeaderLocatorOnClassicQueue ? QueueArgument.AllTypes : QuorumOnly,
            Fault = static (value, _) => ArgumentFault.OneOf(
                value, "invalid_queue_locator_arg", "client-local", "random", "least-leaders", "balanced"),
        },
        new("x-delivery-limit", "delivery-limit")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, profile) => profile.ChecksDeliveryLimit ? ArgumentFault.AnyInteger(value) : null,
        },
        new("x-queue-master-locator", "queue-master-locator") { Types = static _ => ClassicOnly },
        new("x-consumer-timeout", "consumer-timeout")
        {
            Exists = static profile => !profile.TakesRetryArgumentsOnClassicQueue,
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue),
        },
        new("x-consumer-disconnected-timeout", "consumer-disconnected-timeout")
        {
            Exists = static profile => !profile.TakesRetryArgumentsOnClassicQueue,
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue),
        },
        new("x-delayed-retry-type", "delayed-retry-type")
        {
            Exists = static profile => !profile.TakesRetryArgumentsOnClassicQueue,
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_delayed_retry_type", "disabled", "all", "failed", "returned"),
        },
        new("x-delayed-retry-min", "delayed-retry-min")
        {
            Exists = static profile => !profile.TakesRetryArgumentsOnClassicQueue,
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, MaxTimerMs),
        },
        new("x-delayed-retry-max", "delayed-retry-max")
        {
            Exists = static profile => !profile.TakesRetryArgumentsOnClassicQueue,
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 0, MaxTimerMs),
        },
    ];

    // A quorum queue compares them in an order of its own; those that are not here come behind.
    private static readonly QueueArgument[] AllForQuorum = InOrderOf(
        "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-expires", "x-max-length", "x-max-length-bytes",
        "x-max-in-memory-length", "x-max-in-memory-bytes", "x-overflow", "x-single-active-consumer", "x-queue-type", "x-quorum-initial-group-size",
        "x-delivery-limit", "x-message-ttl", "x-queue-leader-locator");

    /// <summary>Every argument, in the order in which they are checked.</summary>
    public static ReadOnlySpan<QueueArgument> InOrder => All;

    /// <summary>Every argument, in the order in which a queue compares what is declared with what it has.</summary>
    public static ReadOnlySpan<QueueArgument> InOrderOf(QueueType type) => type == QueueType.Quorum ? AllForQuorum : All;

    /// <summary>Null for an argument that means nothing in this profile.</summary>
    public static QueueArgument? Find(ShortString name, Profile profile)
    {
        foreach (var argument in All)
        {
            if (argument.Name == name)
                return argument.Exists(profile) ? argument : null;
        }
        return null;
    }

    private static QueueArgument[] InOrderOf(params string[] names) =>
        [.. All.OrderBy(argument => Array.IndexOf(names, argument.Name.ToString()) is >= 0 and var place ? place : names.Length)];
}
