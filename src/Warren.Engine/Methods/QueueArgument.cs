using Warren.Amqp;

namespace Warren.Engine;

/// <summary>One argument of queue.declare that this broker knows.</summary>
/// <param name="Name">As it stands in the table of arguments.</param>
/// <param name="PolicyKey">As it stands in a policy's definition; null when no policy sets it.</param>
internal sealed record QueueArgument(ShortString Name, string? PolicyKey = null)
{
    public static readonly QueueType[] AllTypes = [QueueType.Classic, QueueType.Quorum];

    /// <summary>False for a profile of a release that has not heard of it: it means nothing then.</summary>
    public Func<Profile, bool> Exists { get; init; } = static _ => true;

    /// <summary>The types of queues that know it in a profile; others refuse it.</summary>
    public Func<Profile, QueueType[]> Types { get; init; } = static _ => AllTypes;

    /// <summary>What is wrong with a value in a profile, in RabbitMQ's words, or null.</summary>
    public Func<FieldValue, Profile, string?> Fault { get; init; } = static (_, _) => null;

    public bool IsKnownBy(QueueType type, Profile profile) => Exists(profile) && Array.IndexOf(Types(profile), type) >= 0;
}
