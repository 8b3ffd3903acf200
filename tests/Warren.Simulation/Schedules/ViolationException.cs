namespace Warren.Simulation;

/// <summary>An invariant does not hold.</summary>
public sealed class ViolationException : Exception
{
    public ViolationException(string invariant, string what, Exception? cause = null) : base($"{invariant}: {what}", cause) => Invariant = invariant;

    /// <summary>Its name in spec/faults.md, or "engine" and "store" for what contradicts itself.</summary>
    public string Invariant { get; }
}
