namespace Warren.Simulation;

/// <summary>What goes wrong with a simulated disk while it runs. All off to begin with; operations are counted by <see cref="SimDisk.Operations"/>.</summary>
public sealed class SimFaults
{
    /// <summary>The machine stops before the operation with this number.</summary>
    public long CutAt { get; set; } = long.MaxValue;

    /// <summary>So many syncs fail, from now on, and forget what they did not write.</summary>
    public int FailingSyncs { get; set; }

    /// <summary>The errno of a failing sync.</summary>
    public int SyncErrno { get; set; } = Warren.Store.DiskException.InputOutputError;

    /// <summary>Syncs return at once and have done nothing.</summary>
    public bool SyncsLie { get; set; }

    /// <summary>So many writes fail with EIO, from now on, having written a part.</summary>
    public int FailingWrites { get; set; }

    /// <summary>Octets that all files may have together; what goes beyond that fails with ENOSPC, having written what still fits.</summary>
    public long SpaceOctets { get; set; } = long.MaxValue;

    /// <summary>So many writes return normally and write nothing, from now on.</summary>
    public int LostWrites { get; set; }

    /// <summary>So many writes go elsewhere, from now on: so many octets behind where they belong.</summary>
    public int MisdirectedWrites { get; set; }

    /// <summary>How far a misdirected write goes astray, in octets.</summary>
    public int MisdirectedBy { get; set; } = SimInode.Sector;
}
