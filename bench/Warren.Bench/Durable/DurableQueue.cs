namespace Warren.Bench.Durable;

/// <summary>A durable queue, and how it is used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">classic or quorum.</param>
internal sealed record DurableQueue(string Name, string Type)
{
    /// <summary>The argument that asks for a type of queue.</summary>
    public const string TypeArgument = "x-queue-type";

    /// <summary>Deliveries that one acknowledgement is for.</summary>
    public const int AckEvery = 50;

    /// <summary>Deliveries that may be unacknowledged: enough for no consumer to starve.</summary>
    public const int Prefetch = 1000;

    /// <summary>Messages that a publisher has on their way.</summary>
    public const int Outstanding = 200;
}
