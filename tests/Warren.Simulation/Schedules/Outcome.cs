namespace Warren.Simulation;

/// <summary>What came of a schedule.</summary>
/// <param name="Violation">What does not hold; null when everything did.</param>
/// <param name="Hash">Of everything that happened.</param>
/// <param name="Lines">What happened, when that was asked for.</param>
/// <param name="DiskOperations">How many operations of the disk there were.</param>
/// <param name="OperationsWithFaults">How many of them until the faults end and everything drains.</param>
/// <param name="WasCut">False when a planned cut has not come.</param>
internal sealed record Outcome(ViolationException? Violation, ulong Hash, IReadOnlyList<string> Lines, long DiskOperations, long OperationsWithFaults, bool WasCut);
