using System.Diagnostics;
using System.Globalization;

namespace Warren.Simulation;

/// <summary>Looks for each seeded bug, for at most a minute. What the simulator cannot find here, it would not find in the product.</summary>
internal sealed class CanaryRun(RunOutput output, int firstSeed, int jobs)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Returns the exit code: 1 when one was not found.</summary>
    public int Run(string? only)
    {
        output.Write("| Canary | Found after, s | Schedules | Seed | By |\n|---|---:|---:|---:|---|");
        var (all, found) = (0, 0);
        foreach (var canary in CanaryFlock.All.Where(canary => only is null || canary.Name == only))
        {
            all++;
            found += Look(canary) ? 1 : 0;
        }
        output.Write($"\n{found} of {all} canaries found");
        return found == all ? 0 : 1;
    }

    private bool Look(Canary canary)
    {
        var began = Stopwatch.StartNew();
        var next = -1;
        var gate = new Lock();
        (int Index, ViolationException Violation)? first = null;
        var threads = Enumerable.Range(0, Math.Max(1, jobs)).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        output.Write(first is var (index, violation)
            ? string.Create(CultureInfo.InvariantCulture, $"| {canary.Name} | {began.Elapsed.TotalSeconds:F2} | {index + 1} | {firstSeed + index} | {Short(violation)} |")
            : $"| {canary.Name} | not found in {next + 1} schedules | | | |");
        return first is not null;

        void Work()
        {
            while (first is null && began.Elapsed < s_limit)
            {
                var mine = Interlocked.Increment(ref next);
                if (Schedule.Run(new ChoiceTape(unchecked(firstSeed + mine)), canary).Violation is not { } found)
                    continue;
                lock (gate)
                {
                    if (first is null || first.Value.Index > mine)
                        first = (mine, found);
                }
            }
        }
    }

    private static string Short(ViolationException violation) => violation.Message.Length <= 100 ? violation.Message : violation.Message[..100] + "...";
}
