using System.Diagnostics;
using System.Globalization;

namespace Warren.Simulation;

/// <summary>
/// Short schedules, each of them once as it is, and then once for each operation of its disk and each thing that can become of the disk there. What was chosen before the cut is the same each time.
/// </summary>
internal sealed class EveryCutRun(RunOutput output, int firstSeed, int jobs)
{
    private const int MostShown = 5;

    private int _next = -1;
    private long _cuts;
    private int _violations;

    /// <summary>Returns the exit code: 1 when there was a violation.</summary>
    public int Run(long count)
    {
        var began = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Math.Max(1, jobs)).Select(_ => new Thread(() => Work(count))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"{count} short schedules from seed {firstSeed} on, {_cuts} cuts, {_violations} violations, {began.Elapsed.TotalSeconds:F1} seconds"));
        return _violations == 0 ? 0 : 1;
    }

    /// <summary>One schedule, with every cut.</summary>
    /// <returns>How many there were.</returns>
    public static int RunOne(int seed, Action<PlannedCut?, ViolationException> violated, Canary? canary = null)
    {
        var whole = Schedule.Run(new ChoiceTape(seed), canary, isShort: true);
        if (whole.Violation is { } unprovoked)
            violated(null, unprovoked);
        var cuts = 0;
        for (var operation = 0L; operation < whole.OperationsWithFaults; operation++)
        {
            foreach (var kind in PlannedCut.Kinds)
            {
                var cut = new PlannedCut(operation, kind);
                var outcome = Schedule.Run(new ChoiceTape(seed), canary, isShort: true, cut: cut);
                if (outcome.Violation is { } violation)
                    violated(cut, violation);
                else if (!outcome.WasCut)
                    violated(cut, new ViolationException("simulator", "the cut has not come"));
                cuts++;
            }
        }
        return cuts;
    }

    private void Work(long count)
    {
        while (Interlocked.Increment(ref _next) is var index && index < count)
        {
            var seed = unchecked(firstSeed + index);
            Interlocked.Add(ref _cuts, RunOne(seed, (cut, violation) => Show(seed, cut, violation)));
        }
    }

    private void Show(int seed, PlannedCut? cut, ViolationException violation)
    {
        if (Interlocked.Increment(ref _violations) <= MostShown)
        {
            output.Write($"seed {seed}, cut {cut?.ToString() ?? "none"}, violates {violation.Message}\n"
                + $"  replay: dotnet run -c Release --project tests/Warren.Simulation -- --every-cut --replay {seed}{(cut is null ? "" : $" --cut {cut}")}");
        }
    }
}
