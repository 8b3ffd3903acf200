using Warren.Fuzz;

namespace Warren.Tests.Fuzzing;

/// <summary>Whatever a shard dies of is a finding, with its input in a file.</summary>
public sealed class ShardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("warren-shards-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_breaks_is_written_to_a_file_that_breaks_again()
    {
        var code = new FuzzRun(new FallingTarget(), Options(TimeSpan.FromMinutes(5))).Run();

        Assert.Equal(1, code);
        var file = Assert.Single(_folder.GetFiles());
        Assert.StartsWith("T0-", file.Name, StringComparison.Ordinal);
        Assert.Contains(Hex.Read(File.ReadAllText(file.FullName))[0], "eso"u8.ToArray());
        Assert.NotEqual(0, RunSelf("--replay", file.FullName));
    }

    [Theory]
    [InlineData('e', 1)] // An exception.
    [InlineData('o', 1)] // More memory than the octets explain.
    [InlineData('s', 134)] // The stack ends, and with it the process.
    public void Each_way_to_break_ends_the_replay_with_its_code(char how, int code)
    {
        var file = Path.Combine(_folder.FullName, "T0-by-hand.hex");
        File.WriteAllText(file, Hex.Write([(byte)how], "by hand"));

        Assert.Equal(code, RunSelf("--replay", file));
    }

    [Fact]
    public void Instrumented_code_runs_and_reaches_blocks_and_what_is_kept_can_be_made_smaller()
    {
        var kept = Path.Combine(_folder.FullName, "kept");
        var code = new FuzzRun(new DecoderTarget(), Options(TimeSpan.FromMinutes(5)) with { Inputs = 2000, Keep = kept }).Run();

        Assert.Equal(0, code);
        var inputs = Corpus.In(kept, "T1").ToList();
        Assert.NotEmpty(inputs);
        var smaller = Path.Combine(_folder.FullName, "T1.txt");
        Assert.Equal(0, RunSelf("minimise", kept, "--target", "T1", "--to", smaller));
        Assert.Contains(File.ReadLines(smaller), line => line[0] != '#');
    }

    private static int RunSelf(params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(ShardProcess.Host(), ["exec", typeof(FuzzRun).Assembly.Location, .. arguments]);
        process.WaitForExit();
        return process.ExitCode;
    }

    private FuzzRunOptions Options(TimeSpan time) => new(1, time, long.MaxValue, 1, Feedback.Coverage, null, _folder.FullName);
}
