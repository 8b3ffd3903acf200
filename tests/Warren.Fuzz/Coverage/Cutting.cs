using System.Diagnostics;

namespace Warren.Fuzz;

/// <summary>The command minimise: the <see cref="Minimiser"/> in a process with instrumented code.</summary>
internal static class Cutting
{
    /// <summary>Starts that process.</summary>
    /// <returns>Its exit code.</returns>
    public static int InCopy(string target, string to, string folder)
    {
        using var copy = new InstrumentedCopy();
        using var process = Process.Start(ShardProcess.Host(), ["exec", copy.Program, "cut", target, Path.GetFullPath(to), Path.GetFullPath(folder)]);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>What that process does.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(ITarget target, string to, string folder)
    {
        var inputs = target.Seeds.Concat(Corpus.Of(target.Name)).Concat(Corpus.In(folder, target.Name)).ToList();
        var minimiser = new Minimiser(target, counters => Buckets.Of(counters).Select(bucket => bucket / 8)); // Blocks: counts would make it ten times as large.
        var few = minimiser.Minimise(inputs);
        Corpus.Write(to, target.Name, few);
        Console.WriteLine(
            $"{inputs.Count} inputs of {inputs.Sum(input => input.Length)} octets reach {minimiser.Reached} blocks; "
            + $"{few.Count} of {few.Sum(input => input.Length)} octets do the same and are in {to}");
        return 0;
    }
}
