using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>Disks that fail while the journal runs: full ones, and ones whose writes and syncs do not succeed.</summary>
public sealed class FailingDiskTests
{
    private readonly ModelledJournal _model = new(new SimDisk(), ModelledJournal.Small);

    public FailingDiskTests()
    {
        _model.Open("a new folder");
        _model.Add("before");
        _model.Seal();
        _model.Settle();
        Assert.Equal(1, _model.Owner.PersistedPosition);
    }

    [Theory]
    [InlineData(1, DiskException.InputOutputError)]
    [InlineData(1, DiskException.NoSpace)]
    [InlineData(int.MaxValue, DiskException.InputOutputError)]
    public void F08_F_EIO_1_F_EIO_2_I16_A_sync_that_fails_ends_the_journal_and_nothing_of_its_batch_is_persisted(int times, int errno)
    {
        _model.Disk.Faults.FailingSyncs = times;
        _model.Disk.Faults.SyncErrno = errno;
        _model.Add("never persisted");
        _model.Seal();

        Assert.False(_model.Journal.Writer.RunOnce());

        Assert.Equal(errno, Assert.IsType<DiskException>(_model.Owner.Failure).Errno);
        Assert.Same(_model.Owner.Failure, _model.Journal.Writer.Failure);
        var operations = _model.Disk.Operations;
        _model.Add("nor this");
        _model.Seal();
        Assert.False(_model.Journal.Writer.RunOnce());
        _model.Journal.Dispose();
        Assert.Equal(operations, _model.Disk.Operations); // No second sync, which would succeed and mean nothing.
        Assert.Equal(1, _model.Owner.PersistedPosition);
    }

    [Fact]
    public void F08_I1_What_a_new_process_finds_after_a_failed_sync_survives_the_next_power_cut()
    {
        _model.Disk.Faults.FailingSyncs = 1;
        _model.Add("shown by the system, and not on the disk");
        _model.Seal();
        _ = _model.Journal.Writer.RunOnce();
        _model.Disk.Kill();
        _model.Open("a new process");
        Assert.Equal(2, _model.LiveCount);
        _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(1));
        _model.Open("after the power cut");
        Assert.Equal(2, _model.LiveCount);
    }

    [Fact]
    public void F08_I16_A_write_that_fails_ends_the_journal_too()
    {
        _model.Disk.Faults.FailingWrites = 1;
        _model.Add("never persisted");
        _model.Seal();
        Assert.False(_model.Journal.Writer.RunOnce());
        Assert.NotNull(_model.Owner.Failure);
        Assert.Equal(1, _model.Owner.PersistedPosition);
        _model.Disk.Crash(new ChoiceTape(7));
        _model.Open("after it");
    }

    [Fact]
    public void F07_I7_A_full_disk_makes_steps_wait_and_go_on_when_there_is_room()
    {
        _model.Disk.Faults.SpaceOctets = _model.Disk.UsedOctets + 3000;
        var added = 1;
        while (_model.Owner.Full is null || _model.Owner.PersistedPosition == _model.Journal.Position)
        {
            _model.Add($"{added++} " + new string('x', 500));
            _model.Seal();
            _ = _model.Journal.Writer.RunOnce();
            Assert.True(added < 100, "The disk never became full.");
        }
        Assert.True(_model.Journal.Writer.WaitsForRoom);
        var persisted = _model.Owner.PersistedPosition;
        for (var i = 0; i < 5; i++)
            Assert.False(_model.Journal.Writer.RunOnce());
        Assert.Equal(persisted, _model.Owner.PersistedPosition);
        Assert.Null(_model.Owner.Failure);

        _model.Disk.Faults.SpaceOctets = long.MaxValue;
        _model.Settle();

        Assert.Equal(_model.Journal.Position, _model.Owner.PersistedPosition);
        Assert.Null(_model.Owner.Full);
        Assert.False(_model.Journal.Writer.WaitsForRoom);
        _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(3));
        _model.Open("after a power cut");
        Assert.Equal(added, _model.LiveCount);
    }

    [Fact]
    public void F07_I13_On_a_full_disk_removals_still_get_through_and_make_room()
    {
        _model.Disk.Faults.SpaceOctets = _model.Disk.UsedOctets + 12_000;
        var ids = new Queue<ulong>();
        for (var i = 0; _model.Owner.Full is null; i++)
        {
            ids.Enqueue(_model.Add($"{i} " + new string('x', 500)));
            _model.Seal();
            _model.Settle();
        }
        // The owner takes in no more, as it was told; what is consumed makes room.
        while (ids.TryDequeue(out var id))
        {
            _model.Remove(id);
            _model.Seal();
            _model.Settle();
        }
        Assert.Equal(_model.Journal.Position, _model.Owner.PersistedPosition);
        Assert.Null(_model.Owner.Full);
        Assert.Null(_model.Owner.Failure);
        _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(3));
        _model.Open("after a power cut");
    }

    [Fact]
    public void F07_A_journal_on_a_full_disk_can_be_opened_again()
    {
        for (var i = 0; i < 20; i++)
        {
            _model.Add($"{i} " + new string('x', 500));
            _model.Seal();
            _model.Settle();
        }
        _model.Disk.Crash(CrashKind.KeepNone, new ChoiceTape(3));
        _model.Disk.Faults.SpaceOctets = 0;
        _model.Open("on a full disk");
        Assert.Equal(21, _model.LiveCount);
        _model.Add("waits");
        _model.Seal();
        _model.Settle();
        Assert.NotNull(_model.Owner.Full);
        _model.Disk.Faults.SpaceOctets = long.MaxValue;
        _model.Settle();
        Assert.Equal(1, _model.Owner.PersistedPosition);
    }

    [Fact]
    public void F04_I2_Random_faults_of_the_disk_never_make_it_invent_a_record()
    {
        var first = Random.Shared.Next();
        for (var seed = first; seed < first + 150; seed++)
        {
            try
            {
                RunWithFaults(new ChoiceTape(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}.", e);
            }
        }
    }

    private static void RunWithFaults(ChoiceTape tape)
    {
        var model = new ModelledJournal(new SimDisk(), ModelledJournal.Small);
        for (var life = 0; life < 3; life++)
        {
            model.Open($"life {life}", mayBeDamaged: true);
            for (var i = 0; i < 30; i++)
            {
                for (var records = tape.Next(4); records >= 0; records--)
                    model.Add($"{tape.Next(1000)} " + new string('f', tape.Next(300)));
                if (model.Ids.Count > 3 && tape.Next(2) == 0)
                    model.Remove(model.Ids.ElementAt(tape.Next(model.Ids.Count)));
                model.Seal();
                switch (tape.Next(30))
                {
                    case 1:
                        model.Disk.Faults.LostWrites = 1;
                        break;
                    case 2:
                        model.Disk.Faults.MisdirectedWrites = 1;
                        model.Disk.Faults.MisdirectedBy = 1 + tape.Next(1500);
                        break;
                    case 3:
                        model.Disk.Faults.SyncsLie = true;
                        break;
                    case 4:
                        model.Disk.Faults.FailingSyncs = 1;
                        break;
                    default:
                        break;
                }
                _ = model.Journal.Writer.RunOnce();
            }
            model.Disk.Crash(tape);
        }
        model.Open("the end", mayBeDamaged: true);
    }

    [Fact]
    public void F07_A_record_larger_than_a_segment_waits_for_room_and_the_writer_does_not_go_round_meanwhile()
    {
        _model.Add(new string('r', 2000));
        _model.Seal();
        _model.Settle();
        _model.Disk.Faults.SpaceOctets = _model.Disk.UsedOctets + (2 * ModelledJournal.Small.SegmentOctets);
        _model.Add(new string('l', 4 * ModelledJournal.Small.SegmentOctets));
        _model.Seal();

        var runs = 0;
        while (_model.Journal.Writer.RunOnce())
            Assert.True(++runs < 20, "It goes round and never comes to an end.");

        Assert.NotNull(_model.Owner.Full);
        _model.Disk.Faults.SpaceOctets = long.MaxValue;
        _model.Settle();
        Assert.Equal(_model.Journal.Position, _model.Owner.PersistedPosition);
    }
}
