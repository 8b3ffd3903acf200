using System.Diagnostics;

namespace Warren.Fuzz;

/// <summary>Several shards over one target, until their time is over or one has found something.</summary>
internal sealed class FuzzRun(ITarget target, FuzzRunOptions options)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_report = TimeSpan.FromMinutes(1);

    /// <summary>Runs.</summary>
    /// <returns>The exit code: 1 with a finding, which is in a file by then.</returns>
    public int Run()
    {
        using var copy = new InstrumentedCopy();
        if (options.Keep is { } keep)
            Directory.CreateDirectory(keep);
        Console.WriteLine($"{target.Name}, seed {options.Seed}, {options.Shards} shards, {copy.Blocks} blocks to reach");
        var clock = Stopwatch.StartNew();
        var shards = Enumerable.Range(0, options.Shards).Select(i => new ShardProcess(copy.Program, target.Name, new ShardOptions(
            options.Seed + i, options.Time, ((options.Inputs - 1) / options.Shards) + 1, options.Feedback, Path.Combine(copy.Folder, $"state-{i}"), options.Keep))).ToList();
        try
        {
            var isFound = Watch(shards, clock);
            Report(shards, clock);
            var isIdle = !isFound && shards.TrueForAll(shard => shard.Numbers.Runs == 0);
            Console.WriteLine(isIdle ? "Nothing was run." : isFound ? "" : "Nothing found.");
            return isFound || isIdle ? 1 : 0;
        }
        finally
        {
            shards.ForEach(shard => shard.Dispose());
        }
    }

    /// <summary>Writes a finding down.</summary>
    public static void Save(ITarget target, byte[] input, string what, string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.GetFullPath(Path.Combine(folder, $"{target.Name}-{Hex.NameOf(input)}.hex"));
        File.WriteAllText(file, Hex.Write(input, what));
        Console.WriteLine($"{what}\nFound with {input.Length} octets; replay with --replay {file}");
    }

    private static void Report(List<ShardProcess> shards, Stopwatch clock)
    {
        var numbers = shards.ConvertAll(shard => shard.Numbers);
        Console.WriteLine(
            $"{clock.Elapsed.TotalSeconds:F0} s: {numbers.Sum(number => number.Runs)} inputs, {numbers.Sum(number => number.Kept)} kept, "
            + $"{numbers.Max(number => number.Blocks)} blocks and {numbers.Max(number => number.Buckets)} buckets reached by one shard");
    }

    private bool Watch(List<ShardProcess> shards, Stopwatch clock)
    {
        var nextReport = s_report;
        for (var isAtWork = true; isAtWork;)
        {
            Thread.Sleep(s_look);
            isAtWork = false;
            foreach (var shard in shards)
            {
                if (shard.IsAtWork)
                    isAtWork = true;
                else if (shard.Finding() is var (input, what))
                {
                    Save(target, input, what, options.Findings);
                    return true;
                }
            }
            if (clock.Elapsed < nextReport)
                continue;
            nextReport += s_report;
            Report(shards, clock);
        }
        return false;
    }
}
