using System.Diagnostics;

namespace Warren.Fuzz;

/// <summary>
/// A part of the fuzzing, in a process of its own: whatever it dies of is a finding. Its stack is short, so that what goes deeper for a longer input
/// soon ends it, and its process is ended when the one that started it is gone.
/// </summary>
internal sealed class Shard(ITarget target, ShardOptions options)
{
    private const int StackOctets = 256 * 1024;

    /// <summary>Runs until the time or the inputs are over.</summary>
    /// <returns>The exit code: 1 with a finding, which is on the standard error by then.</returns>
    public static int OnShortStack(Func<int> run)
    {
        var code = 0;
        var thread = new Thread(() => code = Reporting(run), StackOctets);
        thread.Start();
        thread.Join();
        return code;
    }

    public int Run()
    {
        EndWithParent();
        return OnShortStack(Fuzz);
    }

    private static int Reporting(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (FindingException finding)
        {
            Console.Error.WriteLine(finding);
            return 1;
        }
    }

    private static void EndWithParent() => new Thread(() =>
    {
        while (Console.In.Read() >= 0)
        {
        }
        Environment.Exit(2);
    }) { IsBackground = true }.Start();

    private int Fuzz()
    {
        using var state = new ShardState(options.State);
        var loop = new FuzzLoop(target, options.Seed, options.Feedback)
        {
            IsTimed = true,
            Starts = input => state.Input = input,
            Keeps = input => Keep(input),
        };
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < options.Time && loop.Runs < options.Inputs)
        {
            loop.Run(Math.Min(100, options.Inputs - loop.Runs));
            state.Numbers = new ShardNumbers(loop.Runs, loop.Kept.Count, loop.Reached.Blocks, loop.Reached.Count);
        }
        return 0;
    }

    private void Keep(byte[] input)
    {
        if (options.Keep is { } folder)
            File.WriteAllText(Path.Combine(folder, $"{target.Name}-{Hex.NameOf(input)}.hex"), Hex.Write(input, $"kept by seed {options.Seed}"));
    }
}
