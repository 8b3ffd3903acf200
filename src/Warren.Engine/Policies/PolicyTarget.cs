namespace Warren.Engine;

/// <summary>What a policy is for (its <c>apply-to</c>).</summary>
public enum PolicyTarget
{
    /// <summary><c>all</c>: queues and exchanges.</summary>
    All,

    /// <summary><c>queues</c>: queues of every type.</summary>
    Queues,

    /// <summary><c>classic_queues</c>.</summary>
    ClassicQueues,

    /// <summary><c>quorum_queues</c>.</summary>
    QuorumQueues,

    /// <summary><c>streams</c>, of which there are none yet.</summary>
    Streams,

    /// <summary><c>exchanges</c>.</summary>
    Exchanges,
}
