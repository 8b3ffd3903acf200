namespace Warren.Simulation;

/// <summary>Where a schedule's machine stops, come what may, and what its disk is like after that.</summary>
/// <param name="Operation">Before the operation of the disk with this number.</param>
/// <param name="Kind">What the power cut does to what was not synced; null when only the process was killed.</param>
internal readonly record struct PlannedCut(long Operation, CrashKind? Kind)
{
    private const string Killed = "Killed";

    /// <summary>All that can become of a disk.</summary>
    public static IReadOnlyList<CrashKind?> Kinds { get; } = [null, .. Enum.GetValues<CrashKind>()];

    /// <summary>As <see cref="ToString"/> wrote it.</summary>
    /// <exception cref="FormatException">It did not.</exception>
    public static PlannedCut Parse(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], out var operation) && (parts[1] == Killed || Enum.TryParse<CrashKind>(parts[1], out _))
            ? new PlannedCut(operation, parts[1] == Killed ? null : Enum.Parse<CrashKind>(parts[1]))
            : throw new FormatException($"'{text}' is no cut. One is like 17:KeepNone, or 17:{Killed}.");
    }

    public override string ToString() => $"{Operation}:{Kind?.ToString() ?? Killed}";

    /// <summary>The machine has stopped there, and starts again.</summary>
    public void Apply(SimDisk disk, IChoices choices)
    {
        if (Kind is { } kind)
            disk.Crash(kind, choices);
        else
            disk.Kill();
    }
}
