using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Every argument of queue.declare that this broker knows: who takes it, what its value has to be, whether it is compared, and its key in a policy. Others
/// are kept and mean nothing. What a queue does with them stands in <see cref="QueueRules"/>.
/// </summary>
internal static class QueueArguments
{
    private const long MaxTimerMs = uint.MaxValue;

    private static readonly QueueType[] ClassicOnly = [QueueType.Classic];
    private static readonly QueueType[] QuorumOnly = [QueueType.Quorum];
    private static readonly QueueType[] StreamsOnly = []; // There are none yet.

    // In the order in which they are compared: the first difference is the one that a reply text names.
    private static readonly QueueArgument[] All =
    [
        new("x-expires", "expires") { Fault = static (value, _) => ArgumentFault.Integer(value, 1, MaxTimerMs) },
        new("x-message-ttl", "message-ttl") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, MaxTimerMs) },
        new("x-dead-letter-exchange", "dead-letter-exchange") { IsName = true },
        new("x-dead-letter-routing-key", "dead-letter-routing-key") { IsName = true },
        new("x-max-length", "max-length") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue) },
        new("x-max-length-bytes", "max-length-bytes") { Fault = static (value, _) => ArgumentFault.Integer(value, 0, long.MaxValue) },
        new("x-max-priority") { Types = static _ => ClassicOnly, Fault = static (value, _) => ArgumentFault.MaxPriority(value) },
        new("x-overflow", "overflow")
        {
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx"),
        },
        new("x-queue-mode", "queue-mode")
        {
            Types = static _ => ClassicOnly,
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_queue_mode", "default", "lazy"),
        },
        new("x-queue-version", "queue-version") { Types = static _ => ClassicOnly },
        new("x-single-active-consumer") { Fault = static (value, _) => ArgumentFault.Boolean(value) },
        new("x-queue-type"), // Its value is checked first of all: the rest depends on it.
        new("x-queue-leader-locator", "queue-leader-locator"),
        new("x-delivery-limit", "delivery-limit") { Types = static _ => QuorumOnly, Fault = static (value, _) => ArgumentFault.AnyInteger(value) },
        new("x-dead-letter-strategy", "dead-letter-strategy")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.OneOf(value, "invalid_dlx_strategy", "at-most-once", "at-least-once"),
        },
        new("x-quorum-initial-group-size")
        {
            Types = static _ => QuorumOnly,
            Fault = static (value, _) => ArgumentFault.Integer(value, 1, long.MaxValue),
        },
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
        new("x-queue-master-locator", "queue-master-locator") { Types = static _ => ClassicOnly, IsCompared = false },
        new("x-max-age", "max-age") { Types = static _ => StreamsOnly, IsCompared = false },
        new("x-stream-max-segment-size-bytes", "stream-max-segment-size-bytes") { Types = static _ => StreamsOnly, IsCompared = false },
        new("x-stream-filter-size-bytes", "stream-filter-size-bytes") { Types = static _ => StreamsOnly, IsCompared = false },
        new("x-initial-cluster-size") { Types = static _ => StreamsOnly, IsCompared = false },
    ];

    /// <summary>The names that a second declaration must say the same of.</summary>
    public static ShortString[] Compared { get; } = [.. All.Where(static argument => argument.IsCompared).Select(static argument => argument.Name)];

    /// <summary>Null for an argument that means nothing here.</summary>
    public static QueueArgument? Find(ShortString name)
    {
        foreach (var argument in All)
        {
            if (argument.Name == name)
                return argument;
        }
        return null;
    }
}
