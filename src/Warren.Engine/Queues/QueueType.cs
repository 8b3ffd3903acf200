namespace Warren.Engine;

/// <summary><c>x-queue-type</c>.</summary>
internal enum QueueType
{
    /// <summary>The type of a queue that names none.</summary>
    Classic,

    /// <summary>On one node: a durable queue that counts deliveries.</summary>
    Quorum,
}

internal static class QueueTypes
{
    /// <summary>How RabbitMQ calls the type in its reply texts.</summary>
    public static string Module(this QueueType type) => type == QueueType.Quorum ? "rabbit_quorum_queue" : "rabbit_classic_queue";
}
