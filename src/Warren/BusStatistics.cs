namespace Warren;

/// <summary>What a bus has done since it was made; a snapshot.</summary>
public readonly record struct BusStatistics
{
    /// <summary>Calls that were started.</summary>
    public long Calls { get; init; }

    /// <summary>Calls that are under way.</summary>
    public int PendingCalls { get; init; }

    /// <summary>Calls that ended with a reply, good or fault.</summary>
    public long Replies { get; init; }

    /// <summary>Calls that ended at their deadline.</summary>
    public long DeadlinesExceeded { get; init; }

    /// <summary>Requests that came back because no queue took them.</summary>
    public long RequestsReturned { get; init; }

    /// <summary>Requests of contracts that the broker dropped and sent back: expired, refused, or given up.</summary>
    public long RequestsDropped { get; init; }

    /// <summary>Calls that their caller cancelled.</summary>
    public long CallsCancelled { get; init; }

    /// <summary>Calls that ended because the connection was lost.</summary>
    public long CallsLost { get; init; }

    /// <summary>Replies that came after their call had ended without one; dropped.</summary>
    public long LateReplies { get; init; }

    /// <summary>Replies that came a second time; dropped.</summary>
    public long DuplicateReplies { get; init; }

    /// <summary>Replies with a correlation id that was never given out; dropped.</summary>
    public long UnknownReplies { get; init; }

    /// <summary>Requests that this bus's servers answered with a value.</summary>
    public long RequestsServed { get; init; }

    /// <summary>Requests that this bus's servers answered with a fault.</summary>
    public long RequestsFaulted { get; init; }

    /// <summary>Safe requests that came again and were answered from the store.</summary>
    public long DuplicateRequests { get; init; }

    /// <summary>Requests that this bus's servers refused because they had too much to do (<see cref="ServeOptions.MaxInFlight"/>, <see cref="ServeOptions.ShedsLate"/>).</summary>
    public long RequestsShed { get; init; }

    /// <summary>Cancellations that callers have sent to this bus's servers.</summary>
    public long CancelsReceived { get; init; }

    /// <summary>Replies of this bus's servers whose caller was gone.</summary>
    public long CallersGone { get; init; }

    /// <summary>How often the connection was made again.</summary>
    public long Reconnects { get; init; }
}
