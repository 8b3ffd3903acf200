using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

public sealed class JournalTests
{
    private readonly ModelledJournal _model = new(new SimDisk(), ModelledJournal.Small);

    public JournalTests() => _model.Open("a new folder");

    private Journal Journal => _model.Journal;

    [Fact]
    public void What_was_added_replaced_and_removed_is_found_after_a_restart()
    {
        var one = _model.Add("one");
        var two = _model.Add("two");
        _model.Add("three");
        _model.Seal();
        _model.Settle();
        _model.Replace(one, "one again");
        _model.Remove(two);
        _model.Seal();
        Journal.Dispose();

        _model.Open("reopened");

        Assert.Equal(2, Journal.LiveRecords);
        Assert.Empty(Journal.Report.Damages);
        Assert.Null(Journal.Report.TornTail);
    }

    [Fact]
    public void Nothing_is_persisted_before_its_step_is_sealed_and_synced()
    {
        _model.Add("one");
        _model.Settle();
        Assert.Equal(0, _model.Owner.PersistedPosition);
        Journal.Seal();
        var syncs = _model.Disk.Syncs;
        _model.Settle();
        Assert.Equal(1, _model.Owner.PersistedPosition);
        Assert.True(_model.Disk.Syncs > syncs);
    }

    [Fact]
    public void Many_steps_that_wait_are_written_with_one_sync()
    {
        Journal.Writer.Prepare();
        _model.Settle();
        var syncs = _model.Disk.Syncs;
        for (var i = 0; i < 20; i++)
        {
            _model.Add($"{i} of twenty");
            _model.Seal();
        }
        _model.Settle();
        Assert.Equal(syncs + 1, _model.Disk.Syncs);
        Assert.Equal(20, _model.Owner.PersistedPosition);
    }

    [Fact]
    public void A_record_is_read_by_its_id_from_the_buffer_and_from_the_disk()
    {
        var record = new RecordBuffer();
        var id = Journal.Add(3, "head"u8, "body"u8);
        Assert.False(Journal.TryRead(id, record)); // Not sealed.
        Journal.Seal();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(Journal.TryRead(id, record));
            Assert.Equal(3, record.Kind);
            Assert.Equal("head"u8, record.Head.Span);
            Assert.Equal("body"u8, record.Body.Span);
            _model.Settle();
        }
        Journal.Remove(id);
        Journal.Seal();
        _model.Settle();
        Assert.False(Journal.TryRead(id, record));
        Assert.False(Journal.TryRead(id + 1, record));
    }

    [Fact]
    public void A_full_buffer_says_so_and_then_that_there_is_room()
    {
        while (!Journal.IsFull)
        {
            _model.Add(new string('x', 1000));
            _model.Seal();
        }
        Assert.Equal(0, _model.Owner.HasRoomCalls);
        _model.Settle();
        Assert.Equal(1, _model.Owner.HasRoomCalls);
        Assert.False(Journal.IsFull);
    }

    [Fact]
    public void A_record_larger_than_a_segment_gets_one_of_its_own()
    {
        var large = _model.Add(new string('x', 50_000));
        _model.Seal();
        _model.Add("small");
        _model.Seal();
        _model.Settle();
        Journal.Dispose();
        _model.Open("reopened");
        var record = new RecordBuffer();
        Assert.True(Journal.TryRead(large, record));
        Assert.Equal(50_000, record.Head.Length + record.Body.Length);
    }

    [Fact]
    public void F25_A_folder_in_use_is_refused_and_its_user_unharmed()
    {
        _model.Add("one");
        _model.Seal();
        var refusal = Assert.Throws<FolderInUseException>(() => Journal.Open(_model.Disk, ModelledJournal.Small, new Owner()));
        Assert.Contains("/sim", refusal.Message, StringComparison.Ordinal);
        _model.Settle();
        Journal.Dispose();
        _model.Open("reopened");
    }

    [Fact]
    public void An_id_is_never_given_twice_also_when_all_of_it_was_lost()
    {
        for (var life = 0; life < 5; life++)
        {
            _model.Add("lost"); // The model compares.
            _model.Seal();
            if (life == 2)
                _model.Settle();
            _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(life));
            _model.Open($"life {life}");
        }
    }

    [Fact]
    public void The_index_is_what_a_dictionary_would_be()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var (index, expected) = (new PlaceIndex(), new Dictionary<ulong, Place>());
        var next = 1UL;
        for (var i = 0; i < 100_000; i++)
        {
            var isNew = random.Next(3) > 0;
            var id = isNew ? next++ : (ulong)random.NextInt64(1, (long)next + 1);
            if (random.Next(10_000) == 0)
                next += 1 << 20;
            var place = isNew || random.Next(4) == 0 ? new Place(1 + random.Next(9), (uint)random.Next(), random.Next()) : default;
            Assert.True(expected.GetValueOrDefault(id) == index.Exchange(id, place), $"seed {seed}, id {id}");
            if (place.IsNowhere)
                expected.Remove(id);
            else
                expected[id] = place;
        }
        Assert.Equal(expected.Count, index.Count);
        Assert.Equal(expected.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)), index.InOrder());
    }

    [Fact]
    public void The_owner_learns_how_far_it_is_on_disk_step_by_step_over_segments()
    {
        for (var i = 0; i < 30; i++)
        {
            _model.Add($"{i} " + new string('x', 400));
            _model.Seal();
        }
        Assert.Equal(30, Journal.Position);
        _model.Settle();
        Assert.Equal(30, _model.Owner.PersistedPosition);
        Assert.True(_model.Disk.List().Count > 4);
    }
}
