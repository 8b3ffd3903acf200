namespace Warren.Engine;

/// <summary>A message that waits in a queue: itself, or, while it is out of memory, what a queue has to know of it all the same.</summary>
internal readonly record struct WaitingMessage
{
    /// <summary>One that is in memory.</summary>
    /// <param name="message">The message.</param>
    /// <param name="id">The record that stands for it in the queue; 0 for none, or where that is not asked for.</param>
    /// <param name="position">Its place in the queue.</param>
    public WaitingMessage(Message message, ulong id, ulong position)
    {
        (Message, Id, Position) = (message, id, position);
        (BodyLength, Priority) = (message.BodyLength, message.Priority);
        (PublishedAtTicks, TimeToLiveTicks) = (message.PublishedAtTicks, message.TimeToLiveTicks);
    }

    /// <summary>Null while it is out: the journal has it.</summary>
    public Message? Message { get; init; }

    /// <summary>The record that stands for it in its queue; of one that is out it is the message itself.</summary>
    public ulong Id { get; init; }

    /// <summary>Its place in the queue.</summary>
    public ulong Position { get; init; }

    public int BodyLength { get; init; }

    /// <summary>Its property priority.</summary>
    public byte Priority { get; init; }

    /// <inheritdoc cref="Message.PublishedAtTicks"/>
    public long PublishedAtTicks { get; init; }

    /// <inheritdoc cref="Message.TimeToLiveTicks"/>
    public long TimeToLiveTicks { get; init; }

    /// <inheritdoc cref="Message.ExpiresAtTicks(long, long, long)"/>
    public long ExpiresAtTicks(long queueTimeToLiveTicks) => Message.ExpiresAtTicks(PublishedAtTicks, TimeToLiveTicks, queueTimeToLiveTicks);
}
