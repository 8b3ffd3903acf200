namespace Warren.Engine;

/// <summary><c>x-queue-type</c>.</summary>
internal enum QueueType
{
    /// <summary>The type of a queue that names none.</summary>
    Classic,

    /// <summary>On one node: a durable queue that counts deliveries.</summary>
    Quorum,
}
