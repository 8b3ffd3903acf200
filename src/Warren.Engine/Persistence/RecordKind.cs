namespace Warren.Engine;

/// <summary>What a record of the journal is. The numbers are on disk: none is ever used for something else.</summary>
public enum RecordKind : byte
{
    /// <summary>A durable exchange.</summary>
    Exchange = 1,

    /// <summary>A durable queue.</summary>
    Queue = 2,

    /// <summary>A queue that was deleted while clients still held messages of it: what belongs to it is gone.</summary>
    EndedQueue = 3,

    /// <summary>A binding between durable things.</summary>
    Binding = 4,

    /// <summary>A message, and where it is when that is one place.</summary>
    Message = 5,

    /// <summary>One of several places where a message is.</summary>
    Entry = 6,

    /// <summary>Up to which position a queue's messages may have been delivered.</summary>
    Watermark = 7,

    /// <summary>How often a message came back to its quorum queue.</summary>
    Returns = 8,

    /// <summary>A message of a queue is a dead letter that has not arrived.</summary>
    Letter = 9,
}
