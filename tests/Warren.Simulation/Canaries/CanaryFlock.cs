namespace Warren.Simulation;

/// <summary>All seeded bugs.</summary>
internal static class CanaryFlock
{
    public static IReadOnlyList<Canary> All { get; } = [];
}
