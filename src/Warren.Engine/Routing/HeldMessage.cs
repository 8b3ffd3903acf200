namespace Warren.Engine;

/// <summary>A message that an exchange of type x-delayed-message holds until its moment.</summary>
internal sealed class HeldMessage(DelayedRouter router, Exchange exchange, Message message, long delayMs) : Deadline
{
    public Exchange Exchange { get; } = exchange;

    public Message Message { get; } = message;

    public long DelayMs { get; } = delayMs;

    /// <summary>The record that says so, where its message has one for each place; else 0.</summary>
    public ulong EntryId { get; set; }

    /// <summary>Where it stands among those of its exchange; owned by <see cref="DelayedRouter"/>.</summary>
    public LinkedListNode<HeldMessage>? Node { get; set; }

    public override void Reach() => router.Publish(this);
}
