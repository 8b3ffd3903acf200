namespace Warren.Engine;

/// <summary>How many channels one user has open, in all connections and virtual hosts together, and may have. Owned by the turn that steps all engines.</summary>
public sealed class ChannelQuota
{
    /// <summary>How many the user may have open; null for any number.</summary>
    public int? Limit { get; set; }

    /// <summary>How many are open.</summary>
    public int Open { get; internal set; }

    internal bool IsUsedUp => Open >= Limit;
}
