namespace Warren.Simulation;

/// <summary>A message in a queue: what a publisher may expect of it, and what was seen of it.</summary>
internal sealed class Entry(SimMessage message, QueueModel queue, int order, Boundary added)
{
    public SimMessage Message { get; } = message;

    public QueueModel Queue { get; } = queue;

    /// <summary>Its place among all that ever came into a queue.</summary>
    public int Order { get; } = order;

    public Boundary Added { get; set; } = added;

    /// <summary>When it left for good by something that a client did; null while it has not.</summary>
    public Boundary? Removed { get; set; }

    /// <summary>The channel that has it and has not settled it.</summary>
    public SimChannel? Holder { get; set; }

    /// <summary>True when a rule may take it away at a moment that no client sees.</summary>
    public bool MayBeGone { get; set; }

    public bool IsDeadLetter { get; init; }

    public int Deliveries { get; set; }

    /// <summary>The last x-delivery-count that was seen.</summary>
    public long LastCount { get; set; }

    public int Returns { get; set; }

    /// <summary>When an exchange lets it go that delays it; 0 for none.</summary>
    public long ArrivesAtTicks { get; set; }

    public long ExpiresAtTicks { get; set; } = long.MaxValue;

    /// <summary>The batch in which something happened to it last.</summary>
    public int TouchedIn { get; set; }

    public bool IsHere => Removed is null && Queue.Exists;

    public override string ToString() => $"{Message} in {Queue.Name}";
}
