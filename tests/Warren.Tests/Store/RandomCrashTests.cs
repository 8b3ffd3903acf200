using Warren.Simulation;

namespace Warren.Tests.Store;

/// <summary>Random lives of a journal on a disk that keeps, loses and tears what was not synced. A failure prints the seed; WARREN_SEED runs just that one.</summary>
public sealed class RandomCrashTests
{
    private const int Runs = 400;

    [Fact]
    public void F01_F03_F04_F05_F07_F11_F27_F29_I1_I2_What_was_persisted_is_there_after_every_crash()
    {
        if (Environment.GetEnvironmentVariable("WARREN_SEED") is { } one)
        {
            Run(int.Parse(one, System.Globalization.CultureInfo.InvariantCulture));
            return;
        }
        var first = Random.Shared.Next();
        var runs = Environment.GetEnvironmentVariable("WARREN_RUNS") is { } more ? int.Parse(more, System.Globalization.CultureInfo.InvariantCulture) : Runs;
        for (var i = 0; i < runs; i++)
        {
            try
            {
                Run(first + i);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"WARREN_SEED={first + i} replays this.", e);
            }
        }
    }

    [Theory]
    [InlineData(1418310976)]
    public void F07_F27_On_a_full_disk_a_segment_with_copied_removals_outlives_the_one_that_they_were_copied_from(int seed) => Run(seed);

    private static void Run(int seed)
    {
        var tape = new ChoiceTape(seed);
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        var lives = 2 + tape.Next(6);
        for (var life = 0; life < lives; life++)
        {
            if (tape.Next(3) == 0)
                CutRecovery(model, tape);
            model.Open($"life {life} of {lives}");
            Assert.Empty(model.Journal.Report.Damages);
            // Few or many operations until the machine stops; or it is closed in good order.
            model.Disk.Faults.CutAt = model.Disk.Operations + tape.Next(tape.Next(2) == 0 ? 12 : 150);
            var steps = tape.Next(80);
            try
            {
                for (var i = 0; i < steps; i++)
                    Step(model, tape);
                if (tape.Next(2) == 0)
                    model.Journal.Dispose();
            }
            catch (PowerCutException)
            {
                // As planned.
            }
            Assert.Null(model.Owner.Failure);
            Stop(model.Disk, tape);
        }
        model.Open("the last life");
        model.Settle();
        model.Journal.Dispose();
    }

    private static void Step(ModelledJournal model, ChoiceTape tape)
    {
        var records = 1 + tape.Next(4);
        for (var i = 0; i < records; i++)
        {
            var ids = model.Ids;
            switch (tape.Next(5))
            {
                case 0 when ids.Count > 0:
                    model.Replace(Any(ids, tape), Contents(tape));
                    break;
                case 1 or 2 when ids.Count > 0:
                    model.Remove(Any(ids, tape));
                    break;
                default:
                    model.Add(Contents(tape));
                    break;
            }
        }
        model.Seal();
        // Now and then the disk is full for a while.
        if (tape.Next(12) == 0)
            model.Disk.Faults.SpaceOctets = tape.Next(3) == 0 ? model.Disk.UsedOctets + tape.Next(9000) : long.MaxValue;
        for (var turns = tape.Next(4); turns > 0; turns--)
            _ = model.Journal.Writer.RunOnce();
    }

    private static void CutRecovery(ModelledJournal model, ChoiceTape tape)
    {
        model.Disk.Faults.CutAt = model.Disk.Operations + tape.Next(8);
        try
        {
            Warren.Store.Journal.Open(model.Disk, ModelledJournal.Small, new Owner()).Dispose();
        }
        catch (PowerCutException)
        {
            // As planned.
        }
        Stop(model.Disk, tape);
    }

    private static void Stop(SimDisk disk, ChoiceTape tape)
    {
        if (tape.Next(4) == 0)
            disk.Kill();
        else
            disk.Crash(tape);
    }

    private static ulong Any(IReadOnlyCollection<ulong> ids, ChoiceTape tape) => ids.ElementAt(tape.Next(ids.Count));

    // Mostly small, now and then larger than a segment.
    private static string Contents(ChoiceTape tape) =>
        $"{tape.Next(1000)} " + new string((char)('a' + tape.Next(26)), tape.Next(20) switch { 0 => 6000, < 4 => tape.Next(900), _ => tape.Next(60) });
}
