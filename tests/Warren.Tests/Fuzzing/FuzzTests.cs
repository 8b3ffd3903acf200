using Warren.Fuzz;

namespace Warren.Tests.Fuzzing;

/// <summary>Seconds of what tests/Warren.Fuzz does for hours.</summary>
[Collection(nameof(CoverageMap))]
public sealed class FuzzTests
{
    [Theory]
    [InlineData("T1", 30_000)]
    [InlineData("T2", 1_000)]
    [InlineData("T5", 150)]
    public void No_input_breaks_a_promise(string target, int inputs)
    {
        var seed = Environment.TickCount;
        var loop = new FuzzLoop(FuzzLoop.Targets.Single(one => one.Name == target), seed);
        try
        {
            loop.Run(inputs);
        }
        catch (FindingException finding)
        {
            Assert.Fail($"{target}, seed {seed}: {finding.Message}\n{Hex.Write(finding.Input, "replay with dotnet run --project tests/Warren.Fuzz -- --replay FILE")}\n{finding}");
        }
        Assert.True(loop.Kept.Count > 20, $"seed {seed}: only {loop.Kept.Count} inputs did something new, so the mutator does not get past the first check");
    }

    [Fact]
    public void A_finding_can_be_written_down_and_read()
    {
        byte[] input = [0, 1, 0xCE, 255];
        Assert.Equal(input, Hex.Read(Hex.Write(input, "two\nlines")));
    }

    [Fact]
    public void What_breaks_a_promise_is_found_with_its_input_and_again_from_the_same_seed()
    {
        var found = Enumerable.Range(0, 2).Select(_ => Assert.Throws<FindingException>(() => new FuzzLoop(new Fragile(), 7).Run(100_000)).Input).ToArray();

        Assert.Contains((byte)0x7F, found[0]);
        Assert.Equal(found[0], found[1]);
    }

    /// <summary>Falls over one octet.</summary>
    private sealed class Fragile : ITarget
    {
        public string Name => "T0";

        public IReadOnlyList<byte[]> Seeds { get; } = [[1, 2, 3]];

        public int Run(byte[] input) => input.Contains((byte)0x7F) ? throw new InvalidOperationException("fallen") : input.Length;
    }
}
