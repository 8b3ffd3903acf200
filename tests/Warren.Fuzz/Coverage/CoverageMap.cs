namespace Warren.Fuzz;

/// <summary>
/// How often each basic block of Warren ran for the input at hand. Nothing in src/ knows of it: the calls stand only in the copies of the assemblies
/// that the fuzzer makes for itself (<see cref="Instrumenter"/>). One thread at a time runs inputs.
/// </summary>
public static class CoverageMap
{
    /// <summary>How many blocks there can be.</summary>
    public const int Size = 64 * 1024;

    private static readonly byte[] s_counters = new byte[Size];

    /// <summary>A count for each block, which stays at 255.</summary>
    public static ReadOnlySpan<byte> Counters => s_counters;

    /// <summary>What instrumented code calls at the start of each block.</summary>
    public static void Hit(int block)
    {
        ref var counter = ref s_counters[block];
        if (counter != byte.MaxValue)
            counter++;
    }

    /// <summary>Before an input.</summary>
    public static void Clear() => Array.Clear(s_counters);
}
