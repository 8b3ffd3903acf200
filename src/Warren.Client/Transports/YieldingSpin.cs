using System.Diagnostics;

namespace Warren.Client;

/// <summary>
/// Looks again and again for a short while before a thread goes to sleep. Between two looks it gives its processor to whoever needs
/// it, so it costs others nothing but keeps the processor awake: waking one up takes longer than a whole call, above all in a virtual
/// machine.
/// </summary>
/// <param name="ticks">How long, in ticks of the stopwatch; 0 is not at all.</param>
internal readonly struct YieldingSpin(long ticks)
{
    private readonly long _end = ticks == 0 ? 0 : Stopwatch.GetTimestamp() + ticks;

    /// <summary>False when the time is over.</summary>
    public bool GoesOn()
    {
        if (_end == 0 || Stopwatch.GetTimestamp() >= _end)
            return false;
        Thread.Yield();
        return true;
    }
}
