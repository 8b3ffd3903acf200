using Warren.Amqp;

namespace Warren.Engine;

/// <summary>One key of a policy's definition that this broker knows.</summary>
/// <param name="Name">As it stands in the definition.</param>
/// <param name="What">How RabbitMQ calls it when a value is wrong: "-1 is not a valid message TTL".</param>
internal sealed record PolicyKey(ShortString Name, string What)
{
    /// <summary>True when this value can be taken.</summary>
    public required Func<FieldValue, bool> Takes { get; init; }

    /// <summary>False for a profile of a release that has not heard of it.</summary>
    public Func<Profile, bool> Exists { get; init; } = static _ => true;

    /// <summary>True when an operator policy of a profile may have it.</summary>
    public Func<Profile, bool> IsForOperators { get; init; } = static _ => false;

    /// <summary>Which of two numbers holds, of argument and policy, and of policy and operator policy; null where no number is meant.</summary>
    public Func<long, long, long>? Merge { get; init; }

    /// <summary>A policy with a key that is not for a type of queue is not for queues of this type at all.</summary>
    public QueueType? OnlyFor { get; init; }

    /// <summary>True for what only streams can have: no queue takes a policy with it.</summary>
    public bool IsForStreams { get; init; }

    /// <summary>True when a queue of this type takes policies with this key.</summary>
    public bool IsFor(QueueType type) => !IsForStreams && (OnlyFor is null || OnlyFor == type);
}
