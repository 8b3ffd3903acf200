using System.Globalization;

namespace Warren.Simulation;

/// <summary>Runs one schedule and tells all of it.</summary>
internal static class Replaying
{
    public static int Run(string what, string? canaryName, bool isShort, string? cut)
    {
        var canary = canaryName is null ? Canary.None : CanaryFlock.All.Single(one => one.Name == canaryName);
        var tape = int.TryParse(what, CultureInfo.InvariantCulture, out var seed) ? new ChoiceTape(seed) : new ChoiceTape(TapeFile.Parse(File.ReadAllText(what)));
        var outcome = Schedule.Run(tape, canary, isTold: true, isShort, cut is null ? null : PlannedCut.Parse(cut));
        foreach (var line in outcome.Lines)
            Console.WriteLine(line);
        Console.WriteLine($"hash {outcome.Hash:x16}, {tape.Choices.Count} choices, {outcome.DiskOperations} operations of the disk");
        Console.WriteLine(outcome.Violation is { } violation ? $"{violation.Message}\n{violation.InnerException}\n{violation.StackTrace}" : "everything holds");
        Console.WriteLine($"tape: {string.Join(' ', tape.Choices)}");
        return outcome.Violation is null ? 0 : 1;
    }
}
