namespace Warren.Simulation;

/// <summary>Damages one file of a disk.</summary>
/// <remarks>What the last segment ends with cannot be told from what a crash left unwritten, so there a loss may go unreported.</remarks>
internal static class SimRot
{
    private const int Sector = 512;

    /// <summary>Returns true when a loss has to be reported.</summary>
    public static bool Choose(SimDisk disk, IChoices choices, Trace trace)
    {
        var names = disk.List().Where(name => disk.Octets(name).Length > 0).ToArray();
        if (names.Length == 0)
            return false;
        var name = choices.Pick(names);
        var length = disk.Octets(name).Length;
        var at = choices.Next(length);
        var kind = choices.Next(5);
        trace.Tell($"  damage of kind {kind} to {name}, {length} octets, at {at}");
        switch (kind)
        {
            case 0: disk.FlipBit(name, at, choices.Next(8)); break;
            case 1: disk.Rot(name, octets => octets.Slice(at / Sector * Sector, Math.Min(Sector, length - (at / Sector * Sector))).Clear()); break;
            case 2: disk.MakeUnreadable(name, at / Sector * Sector, Sector); break;
            case 3: disk.CutOff(name, at); break;
            default: Misplace(disk, choices.Pick(names), name, at / Sector * Sector); break;
        }
        return name != names.Where(static one => one.EndsWith(".wj", StringComparison.Ordinal)).Max(StringComparer.Ordinal);
    }

    // A sector of one file stands in another.
    private static void Misplace(SimDisk disk, string from, string to, int at)
    {
        var octets = disk.Octets(from);
        if (octets.Length > at)
            disk.Rot(to, target => octets.AsSpan(at, Math.Min(Sector, Math.Min(octets.Length, target.Length) - at)).CopyTo(target[at..]));
    }
}
