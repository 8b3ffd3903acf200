using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>Short scripts, stopped before each of their disk operations, and each stop tried with every prefix and every one and two of the unsynced operations lost.</summary>
public sealed class CutPointTests
{
    [Fact]
    public void F02_F03_F04_Appending_survives_a_cut_at_every_operation() => Try(1, static journal =>
    {
        for (var i = 0; i < 4; i++)
        {
            journal.Add($"first {i}");
            var second = journal.Add($"second {i}");
            journal.Seal();
            journal.Settle();
            journal.Replace(second, $"replaced {i}");
            journal.Seal();
            if (i % 2 == 0)
                journal.Remove(second);
            journal.Seal();
            journal.Settle();
        }
    });

    [Fact]
    public void F02_F11_Beginning_a_segment_survives_a_cut_at_every_operation() => Try(100, static journal =>
    {
        for (var i = 0; i < 7; i++)
        {
            journal.Add($"{i} " + new string('x', 900));
            journal.Seal();
            journal.Settle();
        }
    });

    [Fact]
    public void F27_Compaction_survives_a_cut_at_every_operation() => Try(200, static journal =>
    {
        var ids = new List<ulong>();
        for (var i = 0; i < 9; i++)
        {
            ids.Add(journal.Add($"{i} " + new string('x', 600)));
            ids.Add(journal.Add($"{i} stays"));
            journal.Seal();
            journal.Settle();
            if (i % 3 != 2)
                continue;
            foreach (var id in ids.Where((_, n) => n % 2 == 0))
                journal.Remove(id);
            ids.Clear();
            journal.Seal();
            journal.Settle();
        }
    });

    [Fact]
    public void F04_A_group_of_many_batches_survives_a_cut_at_every_operation() => Try(200, static journal =>
    {
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 8; i++)
            {
                journal.Add($"{round} {i} " + new string('y', 90));
                journal.Seal();
            }
            journal.Settle();
        }
    });

    [Fact]
    public void F29_I9_Recovery_survives_a_cut_at_every_operation_and_finds_the_same()
    {
        var model = NewModel(new SimDisk());
        for (var i = 0; i < 6; i++)
        {
            model.Add($"{i} " + new string('x', 500));
            model.Seal();
            model.Settle();
        }
        model.Add("not persisted");
        model.Seal();
        model.Disk.Faults.CutAt = model.Disk.Operations + 2; // Written, and not synced.
        Assert.Throws<PowerCutException>(model.Settle);
        foreach (var (how, crashed) in CutPoints.Ways(model.Disk))
        {
            // A killed process leaves octets that no disk has: until a recovery has ended, a power cut may still take them.
            var expected = Recover(crashed.Copy());
            var tried = CutPoints.Try<List<int>>(
                crashed.Copy,
                static (disk, ended) => ended.Add(Recover(disk).Count),
                static () => [],
                (disk, ended, why) =>
                {
                    var found = Recover(disk);
                    if (ended.Count == 0 && found.Count == 6)
                        Assert.Equal(6, expected.Count(entry => found.TryGetValue(entry.Key, out var contents) && contents == entry.Value));
                    else
                        Assert.Equal(expected, found);
                    Assert.Equal(found, Recover(disk));
                });
            Assert.True(tried > 10, how);
            var twice = crashed.Copy();
            Assert.Equal(expected, Recover(twice));
            Assert.Equal(expected, Recover(twice));
        }
    }

    private static Dictionary<ulong, string> Recover(SimDisk disk)
    {
        using var journal = Journal.Open(disk, ModelledJournal.Small, new Owner());
        Assert.Empty(journal.Report.Damages);
        return ModelledJournal.Contents(journal);
    }

    private static void Try(int atLeast, Action<ModelledJournal> script)
    {
        ModelledJournal? current = null;
        var tried = CutPoints.Try(
            static () => new SimDisk(),
            (disk, models) =>
            {
                current = new ModelledJournal(disk, ModelledJournal.Small);
                models.Add(current);
                current.Open("a new folder");
                script(current);
                current.Journal.Dispose();
            },
            static () => new List<ModelledJournal>(),
            static (disk, models, why) => models.Single().Check(disk, why));
        Assert.True(tried >= atLeast, $"only {tried} crashes were tried");
    }

    private static ModelledJournal NewModel(SimDisk disk)
    {
        var model = new ModelledJournal(disk, ModelledJournal.Small);
        model.Open("a new folder");
        return model;
    }
}
