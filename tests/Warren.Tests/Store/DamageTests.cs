using System.Text;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>A single file damaged in any way: the journal opens, says what is wrong, serves the rest and invents nothing.</summary>
public sealed class DamageTests
{
    private const string First = "00000000000000000001.wj";
    private const string Second = "00000000000000000002.wj";

    [Fact]
    public void F05_Truncation_at_every_octet_loses_just_what_was_behind_it()
    {
        var (disk, _) = Written(closed: false);
        var name = disk.List().Last(file => SegmentName.TryParse(file, out _));
        var length = disk.Octets(name).Length;
        var whole = Recover(disk.Copy(), out _);
        var counts = new HashSet<int>();
        for (var at = length; at >= 0; at--)
        {
            var cut = disk.Copy();
            cut.CutOff(name, at);
            var found = Recover(cut, out var report);
            Assert.True(found.All(entry => whole.TryGetValue(entry.Key, out var contents) && contents == entry.Value), $"at {at}");
            Assert.Equal(Enumerable.Range(0, found.Count), found.Values.Select(NumberOf).Order()); // In the order of writing: a prefix.
            Assert.True(at >= SegmentHeader.Area || report.Damages.Count > 0 || at >= 64, $"at {at}: nothing was reported");
            counts.Add(found.Count);
            Assert.Equal(found, Recover(cut, out _));
        }
        Assert.True(counts.Count > 5);
    }

    [Fact]
    public void F06_A_bit_flipped_at_any_octet_of_a_closed_segment_is_reported_and_costs_one_batch()
    {
        var (disk, whole) = Written(closed: true);
        foreach (var name in disk.List())
        {
            var length = disk.Octets(name).Length;
            for (var at = 0; at < length; at++)
            {
                var rotten = disk.Copy();
                rotten.FlipBit(name, at, at % 8);
                var found = Recover(rotten, out var report);
                Assert.True(found.All(entry => whole.TryGetValue(entry.Key, out var contents) && contents == entry.Value), $"{name} at {at}: invented");
                Assert.True(found.Count >= whole.Count - 2, $"{name} at {at}: {whole.Count - found.Count} records lost");
                if (SegmentName.TryParse(name, out _) && at >= SegmentHeader.Area)
                    Assert.True(report.Damages.Count + (report.TornTail is null ? 0 : 1) > 0, $"{name} at {at}: nothing was reported");
                Assert.True(found.Count == whole.Count || report.Damages.Count + (report.TornTail is null ? 0 : 1) > 0, $"{name} at {at}: lost without a word");
            }
        }
    }

    [Fact]
    public void F06_A_bit_flipped_at_any_octet_of_a_segment_in_use_invents_nothing()
    {
        var (disk, _) = Written(closed: false);
        var whole = Recover(disk.Copy(), out _);
        var name = disk.List().Last(file => SegmentName.TryParse(file, out _));
        var length = disk.Octets(name).Length;
        for (var at = 0; at < length; at++)
        {
            var rotten = disk.Copy();
            rotten.FlipBit(name, at, at % 8);
            var found = Recover(rotten, out var report);
            Assert.True(found.All(entry => whole.TryGetValue(entry.Key, out var contents) && contents == entry.Value), $"at {at}: invented");
            Assert.True(found.Count == whole.Count || report.Damages.Count > 0 || report.TornTail is not null, $"at {at}: lost without a word");
            Assert.Equal(found, Recover(rotten, out _));
        }
    }

    [Fact]
    public void F06_A_sector_of_zeros_of_garbage_or_of_another_place_is_told_from_what_was_written()
    {
        var (disk, whole) = Written(closed: true);
        var other = disk.Octets(Second);
        var length = disk.Octets(First).Length;
        for (var sector = 0; sector + 512 <= length; sector += 512)
        {
            foreach (var kind in (string[])["zeros", "garbage", "another file", "another offset"])
            {
                var rotten = disk.Copy();
                rotten.Rot(First, octets =>
                {
                    var place = octets.Slice(sector, 512);
                    if (kind == "zeros")
                        place.Clear();
                    else if (kind == "garbage")
                        new Random(sector).NextBytes(place);
                    else if (kind == "another file")
                        other.AsSpan(sector, 512).CopyTo(place);
                    else
                        octets.Slice(1024, 512).ToArray().CopyTo(place);
                });
                if (rotten.Octets(First).AsSpan().SequenceEqual(disk.Octets(First)))
                    continue;
                var found = Recover(rotten, out var report);
                Assert.True(found.All(entry => whole.TryGetValue(entry.Key, out var contents) && contents == entry.Value), $"{kind} at {sector}: invented");
                Assert.True(found.Count == whole.Count || report.Damages.Count > 0, $"{kind} at {sector}: lost without a word");
                Assert.True(found.Count >= whole.Count - 8, $"{kind} at {sector}: {whole.Count - found.Count} records lost");
            }
        }
    }

    [Fact]
    public void I14_Any_file_that_is_lost_empty_or_garbage_leaves_the_others_served()
    {
        var (disk, whole) = Written(closed: true);
        foreach (var name in disk.List())
        {
            foreach (var octets in (byte[]?[])[null, [], new byte[5000], Enumerable.Range(0, 5000).Select(i => (byte)(i * i)).ToArray()])
            {
                var rotten = disk.Copy();
                if (octets is null)
                    rotten.Remove(name);
                else
                    rotten.Put(name, octets);
                var found = Recover(rotten, out _);
                Assert.True(found.All(entry => whole.TryGetValue(entry.Key, out var contents) && contents == entry.Value));
                Assert.True(found.Count >= whole.Count / 3);
            }
        }
    }

    [Fact]
    public void F06_A_damaged_segment_is_put_aside_when_its_good_records_stand_elsewhere()
    {
        var (disk, whole) = Written(closed: true);
        disk.FlipBit(First, SegmentHeader.Area + 40, 3);
        var lost = Recover(disk.Copy(), out var report);
        _ = Assert.Single(report.Damages);
        Assert.Equal((First, 1024L), (report.Damages[0].File, report.Damages[0].Offset));
        Assert.Equal((1UL, whole.Count - lost.Count), (report.Damages[0].FirstId, report.Damages[0].Records));

        var owner = new Owner();
        using (var journal = Journal.Open(disk, ModelledJournal.Small, owner))
        {
            while (journal.Writer.RunOnce())
            {
            }
        }

        Assert.Contains(First + ".damaged", disk.List());
        Assert.DoesNotContain(First, disk.List());
        Assert.Equal(lost, Recover(disk, out report));
        Assert.Empty(report.Damages);
    }

    [Fact]
    public void F09_Octets_that_the_disk_does_not_give_back_are_reported_and_the_rest_is_served()
    {
        var (disk, whole) = Written(closed: true);
        disk.MakeUnreadable(First, 1024, 100);
        var found = Recover(disk, out var report);
        Assert.Contains(report.Damages, damage => damage.What.Contains("pread", StringComparison.Ordinal));
        Assert.NotEmpty(found);
        Assert.True(found.All(entry => whole[entry.Key] == entry.Value));
    }

    [Fact]
    public void F09_A_record_that_cannot_be_read_any_more_says_so_and_the_others_are_read()
    {
        var (disk, whole) = Written(closed: true);
        using var journal = Journal.Open(disk, ModelledJournal.Small, new Owner());
        var record = new RecordBuffer();
        disk.MakeUnreadable(First, 0, 100_000);
        var readable = 0;
        foreach (var id in whole.Keys)
        {
            try
            {
                Assert.True(journal.TryRead(id, record));
                Assert.Equal(whole[id], Encoding.UTF8.GetString(record.Head.Span) + Encoding.UTF8.GetString(record.Body.Span));
                readable++;
            }
            catch (RecordDamagedException e)
            {
                Assert.Equal((id, First), (e.Id, e.File));
            }
        }
        Assert.InRange(readable, 1, whole.Count - 1);
    }

    [Fact]
    public void F06_What_rots_under_a_running_journal_is_lost_aloud_and_nothing_that_was_removed_comes_back()
    {
        var disk = new SimDisk();
        var model = new ModelledJournal(disk, ModelledJournal.Small);
        model.Open("a new folder");
        var ids = new List<ulong>();
        for (var i = 0; i < 30; i++)
        {
            ids.Add(model.Add($"{i} " + new string('x', 300)));
            model.Seal();
            model.Settle();
        }
        disk.Rot(Second, octets => octets.Slice(1024, 1200).Clear());
        foreach (var id in ids.Where((_, i) => i % 2 == 0))
            model.Remove(id);
        model.Seal();
        model.Settle(); // So much is dead now that compaction reads the second segment.
        Assert.NotEmpty(model.Owner.Damages);
        var removed = ids.Where((_, i) => i % 2 == 0).ToHashSet();
        model.Journal.Dispose();

        var found = Recover(disk, out _);

        Assert.DoesNotContain(found.Keys, removed.Contains);
        Assert.InRange(found.Count, 10, 14);
    }

    [Fact]
    public void F06_F27_Rot_in_copies_whose_originals_are_deleted_is_never_taken_for_what_a_crash_left_unfinished()
    {
        var disk = new SimDisk();
        var model = new ModelledJournal(disk, ModelledJournal.Small);
        for (var life = 0; life < 12; life++)
        {
            model.Open($"life {life}");
            model.Add($"{life} " + new string('x', 60));
            model.Seal();
            model.Settle();
            disk.Kill();
        }
        model.Open("the life in which the small segments are copied into one");
        model.Settle();
        disk.Kill();
        Assert.Equal(12, Recover(disk.Copy(), out _).Count);
        var last = disk.List().Where(file => SegmentName.TryParse(file, out _)).Max(StringComparer.Ordinal)!;
        var length = disk.Octets(last).Length;
        var costly = 0;
        for (var at = 0; at < length; at++)
        {
            var rotten = disk.Copy();
            rotten.FlipBit(last, at, at % 8);
            if (Recover(rotten, out var report).Count == 12)
                continue;
            costly++;
            Assert.True(report.Damages.Count > 0, $"{last} at {at}: {12 - report.LiveRecords} records lost, and it is called {report.TornTail}");
        }
        Assert.True(costly > 60, "No copy stands in the last segment."); // Else this proves nothing.
    }

    [Theory]
    [InlineData(SegmentName.Identity)]
    [InlineData(First)]
    [InlineData(Second)]
    public void F06_F26_A_single_file_of_another_journal_costs_no_more_than_itself(string name)
    {
        var (disk, whole) = Written(closed: true);
        var other = new SimDisk();
        using (var journal = Journal.Open(other, new JournalOptions { SegmentOctets = 4096, NewSalt = static () => 99 }, new Owner()))
        {
            for (var i = 0; i < 20; i++)
            {
                _ = journal.Add(8, Encoding.UTF8.GetBytes("of another journal"), new byte[400]);
                journal.Seal();
                _ = journal.Writer.RunOnce();
            }
        }
        disk.Put(name, other.Octets(name));

        var found = Recover(disk, out var report);

        Assert.Contains(report.Damages, damage => damage.File == name);
        Assert.True(found.All(entry => whole[entry.Key] == entry.Value), "invented");
        Assert.InRange(found.Count, name == SegmentName.Identity ? whole.Count : whole.Count / 3, whole.Count);
        Assert.Equal(found, Recover(disk, out _));
    }

    [Fact]
    public void F06_F09_When_compaction_gives_records_up_it_names_every_one()
    {
        var disk = new SimDisk();
        var model = new ModelledJournal(disk, ModelledJournal.Small);
        model.Open("a new folder");
        var ids = new List<ulong>();
        for (var i = 0; i < 60; i++)
        {
            ids.Add(model.Add($"{i} " + new string('x', 80)));
            model.Seal();
            model.Settle();
        }
        disk.Rot(First, octets => octets[SegmentHeader.Area..].Clear());
        var kept = ids.Where((_, i) => i % 3 > 0).ToList();
        foreach (var id in ids.Except(kept))
            model.Remove(id);
        foreach (var id in ids.Skip(30).Intersect(kept))
            model.Remove(id);
        model.Seal();
        model.Settle();
        model.Journal.Dispose();

        var found = Recover(disk, out _);

        var lost = kept.Where(id => ids.IndexOf(id) < 30).Except(found.Keys).ToList();
        Assert.True(lost.Count > 10, "So few need no list.");
        var damage = Assert.Single(model.Owner.Damages, damage => damage.Records > 0);
        Assert.Equal((lost[0], lost.Count), (damage.FirstId, damage.Records));
        Assert.EndsWith($": {IdRanges.Of(lost)}", damage.What, StringComparison.Ordinal);
        Assert.Equal("2-3, 5, 8-10", IdRanges.Of([2, 3, 5, 8, 9, 10]));
    }

    // Thirty records of three segments, each record by itself in its batch, or nearly.
    private static (SimDisk Disk, Dictionary<ulong, string> Whole) Written(bool closed)
    {
        var disk = new SimDisk();
        var model = new ModelledJournal(disk, ModelledJournal.Small);
        model.Open("a new folder");
        for (var i = 0; i < 36; i++)
        {
            model.Add($"{i} " + new string((char)('a' + (i % 26)), 150));
            model.Seal();
            if (i % 2 == 0)
                _ = model.Journal.Writer.RunOnce();
        }
        model.Settle();
        if (closed)
            model.Journal.Dispose();
        else
            disk.Kill();
        return (disk, Recover(disk.Copy(), out _));
    }

    private static int NumberOf(string contents) => int.Parse(contents.AsSpan(0, contents.IndexOf(' ', StringComparison.Ordinal)), System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<ulong, string> Recover(SimDisk disk, out RecoveryReport report)
    {
        using var journal = Journal.Open(disk, ModelledJournal.Small, new Owner());
        report = journal.Report;
        return ModelledJournal.Contents(journal);
    }
}
