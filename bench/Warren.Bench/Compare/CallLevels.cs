namespace Warren.Bench.Compare;

/// <summary>How many calls are in flight on the one connection.</summary>
internal static class CallLevels
{
    public static readonly IReadOnlyList<int> All = [1, 64, 256];
}
