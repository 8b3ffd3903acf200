namespace Warren.Store;

/// <summary>What was found when a journal was opened.</summary>
public sealed class RecoveryReport
{
    private readonly List<Damage> _damages = [];

    /// <summary>Segments read.</summary>
    public int Segments { get; internal set; }

    /// <summary>Octets of their files.</summary>
    public long Octets { get; internal set; }

    /// <summary>Records that live.</summary>
    public long LiveRecords { get; internal set; }

    /// <summary>
    /// What was being written when the process or the machine stopped, and had not been reported persisted: cut off. Null when nothing was.
    /// </summary>
    public Damage? TornTail { get; internal set; }

    /// <summary>What cannot be read though it was on disk once, in the order of the segments.</summary>
    public IReadOnlyList<Damage> Damages => _damages;

    internal void Add(Damage damage) => _damages.Add(damage);
}
