namespace Warren.Conformance.Fixtures;

/// <summary>The clock of a machine whose date is wrong. Time passes as everywhere.</summary>
public sealed class ShiftedClock(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
