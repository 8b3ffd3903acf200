namespace Warren.Engine;

/// <summary>How a delivery ends.</summary>
internal enum Outcome
{
    /// <summary>It is done.</summary>
    Acknowledged,

    /// <summary>It is not to be delivered again: gone, or a dead letter.</summary>
    Rejected,

    /// <summary>It goes back to its place in the queue, and that counts towards a delivery limit.</summary>
    Requeued,

    /// <summary>It goes back to its place in the queue, and that does not count.</summary>
    Returned,
}
