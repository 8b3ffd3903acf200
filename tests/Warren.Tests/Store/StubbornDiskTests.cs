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
        Append(20);

        Assert.False(_journal.Writer.RunOnce());

        Assert.Same(_disk.Unexpected, _owner.Failure);
        Assert.Same(_disk.Unexpected, _journal.Writer.Failure);
        _disk.Unexpected = null;
        Append(20);
        Assert.False(_journal.Writer.RunOnce());
        _journal.Dispose();
        Assert.Equal(1, _owner.PersistedPosition);
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
