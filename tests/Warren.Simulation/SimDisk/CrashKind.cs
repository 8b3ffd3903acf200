namespace Warren.Simulation;

/// <summary>What a power cut does to what was not synced.</summary>
public enum CrashKind
{
    /// <summary>All of it was written after all.</summary>
    KeepAll,

    /// <summary>Nothing of it was.</summary>
    KeepNone,

    /// <summary>The operations up to one of them.</summary>
    Prefix,

    /// <summary>Any of the sectors, in any order; lengths too.</summary>
    Sectors,

    /// <summary>The files have their new lengths, and zeros where octets were to be.</summary>
    ZeroExtended,

    /// <summary>As a prefix, and behind what is kept there is garbage.</summary>
    GarbageTail,

    /// <summary>As a prefix, and the operation behind it up to one of its octets.</summary>
    Torn,
}
