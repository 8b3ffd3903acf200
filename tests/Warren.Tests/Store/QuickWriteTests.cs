using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>What a thread that is not the writer's may write itself, and what it leaves.</summary>
public sealed class QuickWriteTests
{
    private readonly ModelledJournal _model = new(new SimDisk(), ModelledJournal.Small);

    public QuickWriteTests()
    {
        _model.Open("a new folder");
        _model.Add("before");
        _model.Seal();
        _model.Settle();
    }

    private Journal Journal => _model.Journal;

    [Fact]
    public void A_little_is_written_and_synced()
    {
        _model.Add("a little");
        _model.Seal();

        Assert.True(Journal.Writer.TryRunQuickly());

        Assert.Equal(Journal.Position, _model.Owner.PersistedPosition);
        _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(1));
        _model.Open("after the power cut");
        Assert.Equal(2, _model.LiveCount);
    }

    [Fact]
    public void Nothing_is_written_where_nothing_is_sealed()
    {
        var operations = _model.Disk.Operations;

        Assert.False(Journal.Writer.TryRunQuickly());

        Assert.Equal(operations, _model.Disk.Operations);
    }

    [Fact]
    public void Much_is_left_to_the_writer()
    {
        _model.Add(new string('x', 5000));
        _model.Seal();

        Assert.False(Journal.Writer.TryRunQuickly());

        Assert.Equal(1, _model.Owner.PersistedPosition);
        _model.Settle();
        Assert.Equal(Journal.Position, _model.Owner.PersistedPosition);
    }

    [Fact]
    public void So_is_the_beginning_of_a_segment_and_nothing_is_lost_by_that()
    {
        var left = 0;
        for (var i = 0; i < 40; i++)
        {
            _model.Add(new string('x', 500));
            _model.Seal();
            if (Journal.Writer.TryRunQuickly())
                continue;
            left++;
            _model.Settle();
            Assert.Equal(Journal.Position, _model.Owner.PersistedPosition);
        }
        Assert.InRange(left, 4, 20);
        Journal.Dispose();
        _model.Open("reopened");
    }

    [Fact]
    public void Everything_else_has_its_turn_now_and_then()
    {
        var quick = 0;
        for (; quick < 1000; quick++)
        {
            _model.Replace(1, "again");
            _model.Seal();
            if (!Journal.Writer.TryRunQuickly())
                break;
        }

        Assert.InRange(quick, 1, 64);
    }

    [Fact]
    public void F08_I16_A_sync_that_fails_there_ends_the_journal()
    {
        _model.Disk.Faults.FailingSyncs = 1;
        _model.Add("never persisted");
        _model.Seal();

        Assert.False(Journal.Writer.TryRunQuickly());

        Assert.NotNull(_model.Owner.Failure);
        Assert.False(Journal.Writer.TryRunQuickly());
        Assert.Equal(1, _model.Owner.PersistedPosition);
    }

    [Fact]
    public void F07_Without_room_it_waits_and_is_written_when_there_is_some()
    {
        _model.Disk.Faults.SpaceOctets = 0;
        while (_model.Owner.Full is null)
        {
            _model.Add("waits");
            _model.Seal();
            if (!Journal.Writer.TryRunQuickly())
                _ = Journal.Writer.RunOnce();
        }
        Assert.False(Journal.Writer.TryRunQuickly());

        _model.Disk.Faults.SpaceOctets = long.MaxValue;
        _model.Settle();

        Assert.Equal(Journal.Position, _model.Owner.PersistedPosition);
        Assert.Null(_model.Owner.Failure);
    }
}
