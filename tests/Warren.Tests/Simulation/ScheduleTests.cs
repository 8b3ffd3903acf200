using Warren.Simulation;

namespace Warren.Tests.Simulation;

/// <summary>Schedules of the simulator, a few here and fifty thousand in CI.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Everything_holds_in_four_hundred_schedules()
    {
        for (var seed = 0; seed < 400; seed++)
            ExpectNothing(new ChoiceTape(seed), $"seed {seed}");
    }

    [Fact]
    public void Everything_holds_in_schedules_that_nobody_has_seen_before()
    {
        var first = Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + 100; seed++)
            ExpectNothing(new ChoiceTape(seed), $"seed {seed}");
    }

    [Fact]
    public void Everything_holds_wherever_a_short_schedule_is_cut()
    {
        var first = Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + 10; seed++)
        {
            var cuts = EveryCutRun.RunOne(seed, (cut, violation) => Assert.Fail($"--every-cut --replay {seed} --cut {cut}: {violation.Message}"));
            Assert.True(cuts > 10, $"{cuts} cuts of seed {seed} are few.");
        }
    }

    [Theory]
    [InlineData("files are never synced")]
    [InlineData("persisted is told one too far")]
    [InlineData("a step is sealed in its middle")]
    public void Cuts_find_what_comes_too_early(string bug)
    {
        var canary = CanaryFlock.All.Single(one => one.Name == bug);
        var found = 0;
        for (var seed = 1; seed <= 200 && found == 0; seed++)
            EveryCutRun.RunOne(seed, (cut, _) => found += cut is null ? 0 : 1, canary);
        Assert.True(found > 0);
    }

    [Fact]
    public void A_schedule_that_runs_twice_is_the_same_to_the_last_octet()
    {
        for (var seed = 1000; seed < 1100; seed++)
        {
            var tape = new ChoiceTape(seed);
            var first = Schedule.Run(tape);
            Assert.Equal(first.Hash, Schedule.Run(new ChoiceTape(seed)).Hash);
            Assert.Equal(first.Hash, Schedule.Run(new ChoiceTape(tape.Choices), isTold: true).Hash);
        }
    }

    [Fact]
    public void Other_choices_are_another_schedule()
    {
        Assert.Equal(50, Enumerable.Range(0, 50).Select(seed => Schedule.Run(new ChoiceTape(seed)).Hash).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Tapes))]
    public void What_went_wrong_once_does_not_again(string name)
    {
        using var text = new StreamReader(typeof(Schedule).Assembly.GetManifestResourceStream(name)!);
        ExpectNothing(new ChoiceTape(TapeFile.Parse(text.ReadToEnd())), name);
    }

    public static TheoryData<string> Tapes() => new(typeof(Schedule).Assembly.GetManifestResourceNames().Where(static name => name.EndsWith(".tape", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Canaries))]
    public void A_seeded_bug_is_found(string name)
    {
        var canary = CanaryFlock.All.Single(one => one.Name == name);
        for (var seed = 1; seed <= 20_000; seed++)
        {
            if (Schedule.Run(new ChoiceTape(seed), canary).Violation is not null)
                return;
        }
        Assert.Fail("Nobody noticed it in 20,000 schedules.");
    }

    public static TheoryData<string> Canaries() => new(CanaryFlock.All.Select(static canary => canary.Name));

    [Fact]
    public void A_tape_that_fails_is_made_smaller_and_fails_still()
    {
        var canary = CanaryFlock.All.Single(static one => one.Name == "messages are not written");
        var seed = Enumerable.Range(1, 1000).First(one => Schedule.Run(new ChoiceTape(one), canary).Violation is not null);
        var tape = new ChoiceTape(seed);
        var invariant = Schedule.Run(tape, canary).Violation!.Invariant;
        bool Fails(IReadOnlyList<int> candidate) => Schedule.Run(new ChoiceTape(candidate), canary).Violation?.Invariant == invariant;

        var shrunk = Shrinker.Shrink(tape.Choices, Fails);

        Assert.True(Fails(TapeFile.Parse(TapeFile.Write(shrunk, "made smaller"))));
        Assert.True(shrunk.Count < tape.Choices.Count);
    }

    private static void ExpectNothing(ChoiceTape tape, string name)
    {
        var outcome = Schedule.Run(tape);
        Assert.True(outcome.Violation is null, $"{name}: {outcome.Violation}\nReplay it: dotnet run -c Release --project tests/Warren.Simulation -- --replay {name.Replace("seed ", "", StringComparison.Ordinal)}");
    }
}
