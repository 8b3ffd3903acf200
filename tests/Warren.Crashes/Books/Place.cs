namespace Warren.Crashes.Books;

/// <summary>What happened to a message in one queue. Each moment is a stamp of the ledger's; 0 is never.</summary>
internal struct Place
{
    /// <summary>When a client was first handed it.</summary>
    public long Delivered;

    /// <summary>When an ack was first about to be sent; or a reject, in a queue without a dead-letter exchange.</summary>
    public long AckSent;

    /// <summary>When it became known that the ack is on disk.</summary>
    public long AckPersisted;

    /// <summary>When it was first given back to its queue by a client: from then on it has no place in the order.</summary>
    public long Requeued;

    /// <summary>When a reject was first about to be sent, in a queue with a dead-letter exchange.</summary>
    public long Rejected;

    /// <summary>As a cut of the power leaves it: what the client had been told before it counts, and what it had sent until the end of it may.</summary>
    public readonly Place AsOf(long before, long after) => new()
    {
        Delivered = Delivered <= before ? Delivered : 0,
        AckSent = AckSent <= after ? AckSent : 0,
        AckPersisted = AckPersisted <= before ? AckPersisted : 0,
        Requeued = Requeued <= after ? Requeued : 0,
        Rejected = Rejected <= after ? Rejected : 0,
    };
}
