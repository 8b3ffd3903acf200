namespace Warren;

/// <summary>What kind of queue a contract's requests wait in. Whoever serves a contract has to agree.</summary>
public enum ContractQueue
{
    /// <summary>
    /// A quorum queue (https://www.rabbitmq.com/docs/quorum-queues): it counts deliveries, so a request that kills its servers is given up after
    /// some of them, and it outlives a node of a cluster.
    /// </summary>
    Quorum,

    /// <summary>A classic queue: faster on RabbitMQ, but nobody counts how often a request was delivered, and it lives on one node.</summary>
    Classic,
}
