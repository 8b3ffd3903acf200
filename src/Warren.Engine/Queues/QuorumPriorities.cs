namespace Warren.Engine;

/// <summary>What the property priority does in a quorum queue (https://www.rabbitmq.com/docs/quorum-queues#priorities).</summary>
internal enum QuorumPriorities
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>From 5 on it is high, and two high ones come for each other one.</summary>
    TwoLevels,

    /// <summary>Higher ones first, 0 to 31.</summary>
    Strict,
}
