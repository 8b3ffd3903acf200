namespace Warren.Fuzz;

/// <summary>What Warren itself takes for an input, without what the target does to look at it. One thread at a time runs inputs.</summary>
internal static class Meter
{
    public const long OctetsPerOctet = 16;
    public const long OctetsAtLeast = 64 * 1024;

    private static readonly TimeSpan s_timePerKibibyte = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_timeAtLeast = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the last input kept the processor.</summary>
    public static TimeSpan Took { get; private set; }

    /// <summary>False when that is more than the octets explain.</summary>
    public static bool IsInTime { get; private set; } = true;

    /// <summary>Runs it and checks what it allocates.</summary>
    /// <param name="input">What goes in.</param>
    /// <param name="run">What it does; returns how many octets it was asked to write, which count as the input does.</param>
    /// <param name="more">Allocated octets that are explained by something else than octets in or out.</param>
    public static void Run(byte[] input, Func<int> run, Func<long>? more = null)
    {
        var (octets, began) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime.Now);
        var written = run();
        Took = ThreadTime.Now - began;
        octets = GC.GetAllocatedBytesForCurrentThread() - octets;
        var length = input.Length + written;
        IsInTime = Took <= s_timeAtLeast + (s_timePerKibibyte * (length / 1024.0));
        if (octets <= OctetsAtLeast + (OctetsPerOctet * length))
            return;
        var allowed = OctetsAtLeast + (OctetsPerOctet * length) + (more?.Invoke() ?? 0);
        FindingException.Unless(octets <= allowed, $"{octets} octets are allocated for {input.Length} in and {written} out; {allowed} may be");
    }
}
