namespace Warren.Store;

/// <summary>The sizes of a journal. They may differ from one start to the next.</summary>
public sealed class JournalOptions
{
    /// <summary>Octets of a segment file, from 4 KiB to 1 GiB. A batch that is larger gets a segment of its own size. 32 MiB by default.</summary>
    public int SegmentOctets { get; init; } = 32 << 20;

    /// <summary>Octets from which on steps are put into another batch: what one damaged sector can cost. 64 KiB by default.</summary>
    public int BatchOctets { get; init; } = 64 << 10;

    /// <summary>Octets that may wait for the disk before <see cref="Journal.IsFull"/>. 32 MiB by default.</summary>
    public int BufferOctets { get; init; } = 32 << 20;

    /// <summary>
    /// Octets of zeros that are written behind small groups, so that the next ones change no metadata and their fdatasync is cheaper. 0 for none; 1 MiB by default.
    /// </summary>
    public int ZeroAheadOctets { get; init; } = 1 << 20;

    /// <summary>Octets of an old segment that compaction looks at in one go, at least: the longest that an append waits for it. 256 KiB by default.</summary>
    public int CompactionOctets { get; init; } = 256 << 10;

    /// <summary>Where a new journal's salt comes from; null for the system's generator. A test's seed, else never set.</summary>
    public Func<ulong>? NewSalt { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentOctets, 4 << 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentOctets, 1 << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchOctets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferOctets, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ZeroAheadOctets);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompactionOctets, 1);
    }
}
