using System.Text;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

public sealed class CompactionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void I11_The_disk_holds_at_most_twice_what_lives_and_two_segments(int pattern)
    {
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        model.Open("a new folder");
        var tape = new ChoiceTape(pattern);
        var ids = new List<ulong>();
        for (var i = 0; i < 1500; i++)
        {
            ids.Add(model.Add($"{i} " + new string('x', tape.Next(300))));
            var most = pattern == 3 ? 200 : 40;
            while (ids.Count > most)
            {
                // First in, first out; anything; or a pile that stays below a lively top.
                var at = pattern switch { 1 => 0, 2 => tape.Next(ids.Count), _ => ids.Count - 1 - tape.Next(20) };
                model.Remove(ids[at]);
                ids.RemoveAt(at);
            }
            model.Seal();
            model.Settle();
            var limit = (2 * model.Journal.LiveOctets) + (2 * ModelledJournal.Small.SegmentOctets);
            Assert.True(model.Journal.Writer.DiskOctets <= limit, $"step {i}: {model.Journal.Writer.DiskOctets} octets, {limit} are allowed");
            Assert.True(model.Disk.UsedOctets <= limit + 2048, $"step {i}: {model.Disk.UsedOctets} octets on disk");
        }
        foreach (var id in ids)
            model.Remove(id);
        model.Seal();
        model.Settle();
        Assert.True(model.Journal.Writer.DiskOctets <= 2 * ModelledJournal.Small.SegmentOctets);
        model.Disk.Crash(CrashKind.KeepNone, tape);
        model.Open("after all");
        Assert.Equal(0, model.LiveCount);
    }

    [Fact]
    public void I11_The_bound_is_kept_under_load_too_when_the_writer_never_rests()
    {
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        model.Open("a new folder");
        var tape = new ChoiceTape(5);
        var ids = new List<ulong>();
        for (var i = 0; i < 3000; i++)
        {
            ids.Add(model.Add($"{i} " + new string('x', tape.Next(300))));
            if (ids.Count > 60)
            {
                var at = tape.Next(ids.Count);
                model.Remove(ids[at]);
                ids.RemoveAt(at);
            }
            model.Seal();
            _ = model.Journal.Writer.RunOnce();
            var limit = (2 * model.Journal.LiveOctets) + (2 * ModelledJournal.Small.SegmentOctets);
            Assert.True(model.Journal.Writer.DiskOctets <= limit, $"step {i}: {model.Journal.Writer.DiskOctets} octets, {limit} are allowed");
        }
    }

    [Fact]
    public void Records_are_read_by_their_ids_while_compaction_moves_them()
    {
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        model.Open("a new folder");
        var kept = new Dictionary<ulong, string>();
        var record = new RecordBuffer();
        for (var i = 0; i < 400; i++)
        {
            var id = model.Add($"{i} " + new string('x', 100));
            if (i % 10 == 0)
                kept.Add(id, $"{i} " + new string('x', 100));
            else
                model.Remove(id);
            model.Seal();
            _ = model.Journal.Writer.RunOnce();
            foreach (var (old, contents) in kept)
            {
                Assert.True(model.Journal.TryRead(old, record));
                Assert.Equal(contents, Encoding.UTF8.GetString(record.Head.Span) + Encoding.UTF8.GetString(record.Body.Span));
            }
        }
        Assert.True(model.Disk.List().Count < 10); // Most segments are gone.
    }

    [Fact]
    public void Many_restarts_leave_few_files()
    {
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        for (var i = 0; i < 60; i++)
        {
            model.Open($"life {i}");
            model.Add($"of life {i}");
            model.Seal();
            model.Settle();
            model.Journal.Dispose();
            Assert.True(model.Disk.List().Count < 16, $"life {i}: {string.Join(", ", model.Disk.List())}");
        }
        model.Open("the last");
        Assert.Equal(60, model.LiveCount);
    }
}
