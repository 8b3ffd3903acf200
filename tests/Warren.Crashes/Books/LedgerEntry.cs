namespace Warren.Crashes.Books;

/// <summary>One message in the ledger.</summary>
internal sealed class LedgerEntry(long number, string queue, int lane, int octets, long published)
{
    public Place Home;
    public Place Dead;

    public long Number { get; } = number;

    /// <summary>Where it was published to.</summary>
    public string Queue { get; } = queue;

    /// <summary>Whose messages keep their order: the publisher's channel, and the priority.</summary>
    public int Lane { get; } = lane;

    public int Octets { get; } = octets;

    /// <summary>When it was about to be sent.</summary>
    public long Published { get; } = published;

    /// <summary>When its confirm had come; 0 for never.</summary>
    public long Confirmed { get; set; }

    /// <summary>Counted as confirmed and not done.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Nobody owes it to anybody any more.</summary>
    public bool IsDone => Home.AckSent != 0 || Dead.AckSent != 0;

    public LedgerEntry AsOf(long before, long after) => new(Number, Queue, Lane, Octets, Published)
    {
        Confirmed = Confirmed <= before ? Confirmed : 0,
        Home = Home.AsOf(before, after),
        Dead = Dead.AsOf(before, after),
    };
}
