using Warren.Crashes.Books;

namespace Warren.Crashes.Stages;

/// <summary>What a stage has seen. Thread-safe.</summary>
internal sealed class StageResult
{
    private readonly Lock _gate = new();
    private TimeSpan _worstRecovery;
    private int _cycles;

    public Findings Findings { get; } = new();

    /// <summary>How often a broker died, or was cut off.</summary>
    public int Cycles => _cycles;

    /// <summary>The longest time from a start to the line that says that it listens.</summary>
    public TimeSpan WorstRecovery => _worstRecovery;

    /// <summary>A line for each thing that was tried, where they differ.</summary>
    public List<string> Notes { get; } = [];

    public void Cycle() => Interlocked.Increment(ref _cycles);

    public void Recovered(TimeSpan took)
    {
        lock (_gate)
            _worstRecovery = took > _worstRecovery ? took : _worstRecovery;
    }

    public void Add(Ledger ledger, bool isDrained, string where)
    {
        var findings = ledger.Close(isDrained);
        lock (_gate)
            Findings.Add(findings, where);
    }

    public void Break(string what)
    {
        lock (_gate)
            Findings.Break(what);
    }

    public void Note(string line)
    {
        lock (_gate)
            Notes.Add(line);
    }
}
