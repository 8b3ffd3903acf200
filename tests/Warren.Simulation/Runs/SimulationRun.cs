using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Warren.Simulation;

/// <summary>Many schedules, by seeds that follow each other, each on one thread. What violates an invariant is made smaller and shown.</summary>
internal sealed class SimulationRun(RunOutput output, int firstSeed, int jobs, string? tapes)
{
    private const int MostShown = 5;

    private readonly ConcurrentDictionary<int, bool> _running = []; // What hangs is seen by its seed.
    private long _next = -1;
    private long _done;
    private int _violations;

    /// <summary>Returns the exit code: 1 when there was a violation.</summary>
    public int Run(long count, TimeSpan limit)
    {
        var began = Stopwatch.StartNew();
        output.Write($"schedules from seed {firstSeed} on, {jobs} threads");
        var threads = Enumerable.Range(0, Math.Max(1, jobs)).Select(_ => new Thread(() => Work(count, limit, began))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        var told = TimeSpan.Zero;
        foreach (var thread in threads)
        {
            while (!thread.Join(TimeSpan.FromSeconds(1)))
            {
                if (began.Elapsed - told < TimeSpan.FromSeconds(15))
                    continue;
                told = began.Elapsed;
                output.Write($"{Interlocked.Read(ref _done)} schedules, {_violations} violations, {began.Elapsed.TotalSeconds:F0} s, at seeds {string.Join(' ', _running.Keys.Order())}");
            }
        }
        output.Write(string.Create(CultureInfo.InvariantCulture, $"{_done} schedules, {_violations} violations, {began.Elapsed.TotalSeconds:F1} seconds"));
        return _violations == 0 ? 0 : 1;
    }

    private void Work(long count, TimeSpan limit, Stopwatch began)
    {
        while (began.Elapsed < limit && Interlocked.Increment(ref _next) is var index && index < count)
        {
            var seed = unchecked((int)(firstSeed + index));
            _running[seed] = true;
            var outcome = Schedule.Run(new ChoiceTape(seed));
            _running.TryRemove(seed, out _);
            Interlocked.Increment(ref _done);
            if (outcome.Violation is { } violation && Interlocked.Increment(ref _violations) <= MostShown)
                Show(seed, violation);
        }
    }

    private void Show(int seed, ViolationException violation)
    {
        output.Write($"seed {seed} violates {violation.Message}\n  replay: dotnet run -c Release --project tests/Warren.Simulation -- --replay {seed}");
        var tape = new ChoiceTape(seed);
        Schedule.Run(tape);
        var shrunk = Shrinker.Shrink(tape.Choices, candidate => Schedule.Run(new ChoiceTape(candidate)).Violation?.Invariant == violation.Invariant);
        var outcome = Schedule.Run(new ChoiceTape(shrunk), isTold: true);
        output.Write($"seed {seed}, {tape.Choices.Count} choices made {shrunk.Count}: {outcome.Violation?.Message}\n{string.Join('\n', outcome.Lines)}\ntape: {string.Join(' ', shrunk)}");
        if (tapes is not null)
            File.WriteAllText(Path.Combine(tapes, $"seed-{seed}.tape"), TapeFile.Write(shrunk, outcome.Violation?.Message ?? ""));
    }
}
