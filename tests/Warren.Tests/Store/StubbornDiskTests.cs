using System.Buffers.Binary;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>Refusals of a disk that the journal outlives, and those that it does not.</summary>
public sealed class StubbornDiskTests
{
    private readonly StubbornDisk _disk = new(new SimDisk());
    private readonly Owner _owner = new();
    private readonly Journal _journal;

    public StubbornDiskTests()
    {
        _journal = Journal.Open(_disk, ModelledJournal.Small, _owner);
        Append(20);
        Settle();
        Assert.Equal(1, _owner.PersistedPosition);
    }

    [Fact]
    public void F07_I13_The_alarm_ends_after_a_write_without_room_also_when_the_reserve_was_made_before()
    {
        _disk.HasNoRoomToWrite = true;
        Append(1500);
        Settle();
        Assert.NotNull(_owner.Full);
        Assert.Equal(1, _owner.PersistedPosition);

        _disk.HasNoRoomToWrite = false;
        Settle();

        Assert.Equal(_journal.Position, _owner.PersistedPosition);
        Assert.Null(_owner.Full);
        Assert.False(_journal.Writer.WaitsForRoom);
    }

    [Fact]
    public void F12_Without_descriptors_the_journal_goes_on_in_its_reserve_and_then_waits()
    {
        _disk.HasNoDescriptors = true;
        for (var i = 0; i < 4; i++)
        {
            Append(1000);
            Settle();
        }
        Assert.Equal(_journal.Position, _owner.PersistedPosition); // The reserve was open already.
        Assert.Null(_owner.Full);
        for (var i = 0; i < 5; i++)
        {
            Append(1000);
            Settle();
        }
        Assert.InRange(_owner.PersistedPosition, 5, _journal.Position - 1);
        Assert.NotNull(_owner.Full);
        Assert.Null(_owner.Failure);

        _disk.HasNoDescriptors = false;
        Settle();

        Assert.Equal(_journal.Position, _owner.PersistedPosition);
        Assert.Null(_owner.Full);
    }

    [Fact]
    public void F22_I16_I18_A_failure_that_nobody_thought_of_ends_the_journal_and_not_the_writers_thread()
    {
        _disk.Unexpected = new InvalidOperationException("as told");

        using (new JournalThread(_journal))
            Append(20);

        Assert.Same(_disk.Unexpected, _owner.Failure);
        Assert.Same(_disk.Unexpected, _journal.Writer.Failure);
        _disk.Unexpected = null;
        Append(20);
        Assert.False(_journal.Writer.RunOnce());
        _journal.Dispose();
        Assert.Equal(1, _owner.PersistedPosition);
    }

    [Fact]
    public void F10_What_waits_for_a_slow_disk_is_put_aside_in_arrays_of_a_bounded_size_and_written_in_order()
    {
        var ids = new List<ulong>();
        var record = new RecordBuffer();
        for (var i = 0; i < 40; i++)
        {
            ids.Add(_journal.Add((byte)i, [], new byte[10_000]));
            if (i > 0)
                _journal.Replace(ids[i - 1], (byte)(100 + i), [], [1]); // The newest contents count, wherever they wait.
            _journal.Seal();
        }
        Assert.True(_journal.IsFull);
        for (var i = 0; i < 40; i++)
        {
            Assert.True(_journal.TryRead(ids[i], record));
            Assert.Equal(i == 39 ? 39 : 101 + i, record.Kind);
        }

        var persisted = new List<long>();
        while (_journal.Writer.RunOnce())
        {
            if (_owner.PersistedPosition != persisted.LastOrDefault())
                persisted.Add(_owner.PersistedPosition);
            foreach (var id in ids)
                Assert.True(_journal.TryRead(id, record));
            Assert.Equal(39, record.Kind);
        }

        Assert.True(persisted.Count > 4, "All was taken at once.");
        Assert.Equal(_journal.Position, _owner.PersistedPosition);
        Assert.Equal(1, _owner.HasRoomCalls);
        Assert.False(_journal.IsFull);
        Assert.Equal(41, _journal.LiveRecords);
    }

    [Fact]
    public void F26_A_journal_that_cannot_be_opened_leaves_no_file_open()
    {
        var disk = new SimDisk();
        using (var journal = Journal.Open(disk, ModelledJournal.Small, new Owner()))
        {
            for (var i = 0; i < 20; i++)
            {
                _ = journal.Add(1, new byte[1000], default);
                journal.Seal();
                _ = journal.Writer.RunOnce();
            }
        }
        var last = disk.List().Where(name => SegmentName.TryParse(name, out _)).Max(StringComparer.Ordinal)!;
        foreach (var copy in (int[])[0, SegmentHeader.SecondCopy])
        {
            disk.Rot(last, octets =>
            {
                octets[copy + 8]++; // The version, and a checksum that matches.
                BinaryPrimitives.WriteUInt32LittleEndian(octets[(copy + 60)..], Crc32C.Of(octets.Slice(copy, 60)));
            });
        }
        var stubborn = new StubbornDisk(disk);

        _ = Assert.Throws<NewerVersionException>(() => Journal.Open(stubborn, ModelledJournal.Small, new Owner()));

        Assert.Equal(0, stubborn.OpenFiles);
    }

    private void Append(int octets)
    {
        _ = _journal.Add(1, new byte[octets], default);
        _journal.Seal();
    }

    private void Settle()
    {
        for (var i = 0; _journal.Writer.RunOnce(); i++)
            Assert.True(i < 1000, "The writer does not come to rest.");
    }
}
