using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How far a dead letter is on its way.</summary>
/// <param name="reason">Why it died.</param>
internal sealed class KeptLetterState(DeathReason reason)
{
    public DeathReason Reason { get; } = reason;

    /// <summary>What it has behind it with this death, written when it is sent for the first time; null before.</summary>
    public DeathHistory? History { get; set; }

    /// <summary>False while there was no queue to send it to.</summary>
    public bool IsSent { get; set; }

    /// <summary>True when an exchange of type x-delayed-message holds it for later.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The names of the queues that have taken it.</summary>
    public List<ShortString> Takers { get; } = [];
}
