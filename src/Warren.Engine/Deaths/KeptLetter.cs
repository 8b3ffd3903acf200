namespace Warren.Engine;

/// <summary>A dead letter that its queue keeps until it has arrived.</summary>
/// <param name="message">The message as it was in the queue.</param>
/// <param name="position">Where it was.</param>
/// <param name="state">What became of it.</param>
internal sealed class KeptLetter(Message message, ulong position, KeptLetterState state)
{
    public Message Message { get; } = message;

    public ulong Position { get; } = position;

    /// <summary>What of it has to survive.</summary>
    public KeptLetterState State { get; } = state;

    /// <summary>When it was last tried to send it.</summary>
    public long TriedAtTicks { get; set; }

    /// <summary>The record of its state; 0 while there is none.</summary>
    public ulong RecordId { get; set; }

    /// <summary>True while its record is not what its state is; owned by <see cref="KeptLetters"/>.</summary>
    public bool IsChanged { get; set; }

    /// <summary>True when it has arrived, or was dropped.</summary>
    public bool IsGone { get; set; }

    /// <summary>True when some queue has taken it.</summary>
    public bool IsTaken => State.Takers.Count > 0;

    /// <summary>True when this queue has taken it: it does not get it again, not even after it was deleted and declared again, as in RabbitMQ.</summary>
    public bool IsTakenBy(Queue queue) => State.Takers.Contains(queue.Name);

    public void TakeBy(Queue queue) => State.Takers.Add(queue.Name);

    /// <summary>True when the queue may not get it: a cycle that nobody's rejecting keeps going.</summary>
    public bool IsCycle(Queue queue) => State.Reason != DeathReason.Rejected && State.History!.IsCycle(queue.Name);
}
