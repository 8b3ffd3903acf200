namespace Warren.Engine;

/// <summary><c>x-overflow</c>: what gives way when a queue is full.</summary>
internal enum Overflow
{
    /// <summary>The oldest messages.</summary>
    DropHead,

    /// <summary>The new message: its publisher gets a basic.nack.</summary>
    RejectPublish,

    /// <summary>The new message, which becomes a dead letter too.</summary>
    RejectPublishDeadLetter,
}
