namespace Warren.Simulation;

/// <summary>Exhaustive crash points: a script on a simulated disk is stopped before each of its disk operations, and each stop is tried in many ways.</summary>
public static class CutPoints
{
    /// <summary>
    /// Runs the script once whole, then once for each operation with a stop before it. After each stop the disk is crashed in every way of
    /// <see cref="Ways"/>, and each result is checked. Returns how many results were.
    /// </summary>
    /// <param name="start">Makes the disk that the script begins with.</param>
    /// <param name="script">What is done; it learns of the stop by a <see cref="PowerCutException"/>, which it may let through. What it returns is for the check.</param>
    /// <param name="check">Gets the crashed disk, what the script returned, and words that say where and how it was stopped.</param>
    public static int Try<T>(Func<SimDisk> start, Action<SimDisk, T> script, Func<T> newState, Action<SimDisk, T, string> check)
    {
        var whole = start();
        var first = whole.Operations;
        script(whole, newState());
        var tried = 0;
        for (var cut = first; cut <= whole.Operations; cut++)
        {
            var disk = start();
            disk.Faults.CutAt = cut;
            var state = newState();
            try
            {
                script(disk, state);
            }
            catch (PowerCutException)
            {
                // As planned.
            }
            foreach (var (how, crashed) in Ways(disk))
            {
                check(crashed, state, $"cut before operation {cut} of {whole.Operations}, {how}");
                tried++;
            }
        }
        return tried;
    }

    /// <summary>The disk after a crash, in each of these ways: killed, nothing unsynced kept, all kept, each prefix of it, each single operation lost, each pair lost.</summary>
    public static IEnumerable<(string How, SimDisk Disk)> Ways(SimDisk disk)
    {
        var killed = disk.Copy();
        killed.Kill();
        yield return ("killed", killed);
        var count = disk.Unsynced;
        for (var kept = 0; kept <= count; kept++)
            yield return ($"the first {kept} of {count} unsynced kept", Without(disk, Enumerable.Range(kept, count - kept).ToArray()));
        for (var lost = 0; lost < count; lost++)
            yield return ($"unsynced {lost} of {count} lost", Without(disk, lost));
        for (var lost = 0; lost < count; lost++)
        {
            for (var other = lost + 1; other < count; other++)
                yield return ($"unsynced {lost} and {other} of {count} lost", Without(disk, lost, other));
        }
    }

    private static SimDisk Without(SimDisk disk, params int[] lost)
    {
        var copy = disk.Copy();
        copy.CrashWithout(lost);
        return copy;
    }
}
