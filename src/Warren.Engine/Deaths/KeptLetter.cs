using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A dead letter that its queue keeps until it has arrived.</summary>
/// <param name="message">The message as it was in the queue.</param>
/// <param name="reason">Why it died.</param>
internal sealed class KeptLetter(Message message, DeathReason reason)
{
    private readonly List<ShortString> _takers = [];

    public Message Message { get; } = message;

    public DeathReason Reason { get; } = reason;

    /// <summary>What it has behind it with this death, written when it is sent for the first time; null before.</summary>
    public DeathHistory? History { get; set; }

    /// <summary>When it was last tried to send it.</summary>
    public long TriedAtTicks { get; set; }

    /// <summary>False while there was no queue to send it to.</summary>
    public bool IsSent { get; set; }

    /// <summary>True when an exchange of type x-delayed-message holds it for later.</summary>
    public bool IsHeld { get; set; }

    /// <summary>True when some queue has taken it.</summary>
    public bool IsTaken => _takers.Count > 0;

    /// <summary>True when this queue has taken it: it does not get it again, not even after it was deleted and declared again, as in RabbitMQ.</summary>
    public bool IsTakenBy(Queue queue) => _takers.Contains(queue.Name);

    public void TakeBy(Queue queue) => _takers.Add(queue.Name);

    /// <summary>True when the queue may not get it: a cycle that nobody's rejecting keeps going.</summary>
    public bool IsCycle(Queue queue) => Reason != DeathReason.Rejected && History!.IsCycle(queue.Name);
}
