using Warren.Amqp;
using Warren.Engine;

namespace Warren.Simulation;

/// <summary>
/// One schedule: a broker, its clients, its disk and all that goes wrong with them, as a pure function of the choices. Throws nothing but a <see cref="ViolationException"/>.
/// </summary>
internal sealed class Schedule
{
    private const int DrainBudget = 1000;
    private const int QuiesceSteps = 6;
    private const int MostSteps = 50;
    private const int MostStepsOfShort = 8;

    private readonly IChoices _choices;
    private readonly Features _features;
    private readonly Trace _trace;
    private readonly Canary _canary;
    private readonly SimMachine _machine;
    private readonly Ledger _ledger;
    private readonly Workload _workload;
    private readonly bool _isShort;
    private long _operations; // Of the disk, until the faults end.
    private int _crashesLeft;
    private int _fullUntil = -1;

    private Schedule(IChoices choices, Canary canary, bool isTold, bool isShort, PlannedCut? cut)
    {
        _isShort = isShort;
        _choices = choices;
        _canary = canary;
        _trace = new Trace(isTold);
        _features = FeatureDraw.Draw(choices);
        _trace.Tell($"features: {_features}");
        _machine = new SimMachine(choices, _trace, canary, _features) { PlannedCut = cut };
        _ledger = new Ledger(_machine, _trace) { IsLenient = Has(Features.Damage) };
        _workload = new Workload(choices, _features, _machine, _ledger, _trace);
    }

    /// <summary>Runs a schedule.</summary>
    /// <param name="choices">What happens.</param>
    /// <param name="canary">The bug that it has to find, or <see cref="Canary.None"/>.</param>
    /// <param name="isTold">True to get the lines of the trace too.</param>
    /// <param name="isShort">True for few steps only.</param>
    /// <param name="cut">Where the machine stops besides.</param>
    public static Outcome Run(IChoices choices, Canary? canary = null, bool isTold = false, bool isShort = false, PlannedCut? cut = null)
    {
        var schedule = new Schedule(choices, canary ?? Canary.None, isTold, isShort, cut);
        ViolationException? violation = null;
        try
        {
            schedule.Run();
        }
        catch (ViolationException e)
        {
            violation = e;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            violation = new ViolationException("engine", $"{e.GetType().Name}: {e.Message}", e);
        }
        return new Outcome(violation, schedule._trace.Hash, schedule._trace.Lines, schedule._machine.Disk.Operations, schedule._operations, schedule._machine.PlannedCut is null);
    }

    private bool Has(Features feature) => (_features & feature) != 0;

    private void Run()
    {
        _crashesLeft = _choices.Between(1, 4);
        _machine.Start(cuts: false);
        Connect();
        Guarded(() => _workload.SetUp(_machine.Clients[0].Channels[0]));
        var steps = _choices.Between(4, _isShort ? MostStepsOfShort : MostSteps);
        for (var i = 0; i < steps; i++)
            Guarded(() => Act(i));
        Quiesce();
    }

    // What is done is cut off when the power is.
    private void Guarded(Action deed)
    {
        try
        {
            deed();
            EndBatch();
        }
        catch (PowerCutException)
        {
            _trace.Tell($"the power is cut at an operation of the disk");
            _machine.FallByCut();
            Restart();
            return;
        }
        if (_machine.Failure is null)
            return;
        _trace.Tell($"the process ends");
        Fall();
        Restart();
    }

    private void Act(int step)
    {
        _machine.Advance(TimeSpan.TicksPerMillisecond);
        if (step == _fullUntil)
            _machine.Disk.Faults.SpaceOctets = long.MaxValue;
        switch (_choices.Next(16))
        {
            case 12 or 13: Pump(); break;
            case 14: _machine.Report(); break;
            case 15: Disturb(step); break;
            default: ActOfClient(); break;
        }
        if (!Has(Features.LateReports))
        {
            _machine.Pump(1);
            while (_machine.HasReports && _machine.Failure is null)
                _machine.Report();
        }
    }

    private void ActOfClient()
    {
        var clients = _machine.Clients.FindAll(static client => !client.IsClosed);
        var client = _choices.Pick(clients);
        var channels = client.Channels.FindAll(static channel => channel.IsOpen);
        for (var deeds = _choices.OneIn(4) ? _choices.Between(2, 5) : 1; deeds > 0; deeds--)
        {
            var channel = channels.Count == 0 ? _workload.OpenChannel(client) : _choices.Pick(channels);
            if (channel.IsOpen)
                _workload.Act(channel);
            if (channels.Count == 0)
                return;
        }
    }

    private void Pump()
    {
        _trace.Tell($"  the writer works");
        _machine.Pump(_choices.Between(1, 3));
    }

    private void Disturb(int step)
    {
        switch (_choices.Next(8))
        {
            case 1 when Has(Features.LostConnections): LoseConnection(); break;
            case 2 when Has(Features.FailingSyncs) && _crashesLeft > 0:
                _trace.Tell($"  a sync or a write is going to fail");
                if (_choices.Next(2) == 0)
                    _machine.Disk.Faults.FailingSyncs = 1;
                else
                    _machine.Disk.Faults.FailingWrites = 1;
                break;
            case 3 when Has(Features.FullDisk):
                _trace.Tell($"  the disk is full for a while");
                _machine.Disk.Faults.SpaceOctets = _machine.Disk.UsedOctets + (_choices.Next(4) * 1000);
                _fullUntil = step + _choices.Between(3, 12);
                break;
            case 4 when Has(Features.CutAtOperation) && _crashesLeft > 0:
                _machine.CutSoon(_choices.Next(12));
                break;
            case 5 when Has(Features.Damage): Damage(); break;
            case 6 when Has(Features.CleanRestarts): StopCleanly(); break;
            case 7 or 0 when Has(Features.Crashes) && _crashesLeft > 0: Crash(); break;
            default: _machine.CheckEngine(); break;
        }
    }

    private void LoseConnection()
    {
        var client = _choices.Pick(_machine.Clients);
        if (client.IsClosed)
            return;
        EndBatch(); // It has read what was sent so far.
        _trace.Tell($"  client {client.Number} is lost");
        client.Lose();
        EndBatch();
        Reconnect(client.Number);
    }

    private void Crash()
    {
        _crashesLeft--;
        EndBatch();
        _trace.Tell($"the power is cut, or the process killed");
        Fall();
        Restart();
    }

    private void StopCleanly()
    {
        EndBatch();
        _trace.Tell($"the process stops");
        _machine.Stop();
        if (_machine.Failure is not null)
            return;
        _machine.Disk.Kill();
        Restart();
    }

    private void Fall()
    {
        if (_choices.Next(3) == 0)
            _machine.Disk.Kill();
        else
            _machine.Disk.Crash(_choices);
    }

    private void Damage()
    {
        EndBatch();
        _trace.Tell($"the disk rots");
        switch (_choices.Next(6))
        {
            case 1:
                _machine.IsDamaged = true; // The write may be the last one.
                _machine.Disk.Faults.LostWrites = 1;
                return;
            case 2:
                _machine.IsDamaged = true;
                _machine.Disk.Faults.MisdirectedWrites = 1;
                return;
            default: break;
        }
        _machine.Disk.Crash(_choices);
        _machine.IsDamaged |= !SimRot.Choose(_machine.Disk, _choices, _trace);
        Restart();
    }

    private void Restart()
    {
        foreach (var client in _machine.Clients)
            client.End();
        _fullUntil = -1;
        var position = _machine.Start(Has(Features.CutRecovery));
        _ledger.Recover(position);
        _ledger.Compare(_machine.Engine);
        _machine.CheckEngine();
        _machine.Clients.Clear();
        if (Has(Features.CutRecovery) && _choices.OneIn(3))
        {
            _trace.Tell($"the power is cut after recovery");
            Fall();
            _ledger.Recover(_machine.Start(cuts: false));
            _ledger.Compare(_machine.Engine);
        }
        Connect();
    }

    private void Connect()
    {
        for (var count = _choices.Between(1, 3); count > 0; count--)
            Reconnect(_machine.Clients.Count);
    }

    private SimClient Reconnect(int number)
    {
        var client = new SimClient(_machine, _ledger, _trace, _canary, number);
        if (number < _machine.Clients.Count)
            _machine.Clients[number] = client;
        else
            _machine.Clients.Add(client);
        client.Open();
        for (var channels = _choices.Between(1, 2); channels > 0; channels--)
            _workload.OpenChannel(client);
        return client;
    }

    private void EndBatch()
    {
        _machine.EndBatch();
        _ledger.EndBatch();
    }

    // The faults end, and everything drains (I13).
    private void Quiesce()
    {
        _trace.Tell($"the faults end");
        _operations = _machine.Disk.Operations;
        Heal();
        if (_machine.Failure is not null)
        {
            Fall();
            Restart();
        }
        Settle();
        foreach (var client in _machine.Clients)
        {
            if (client.IsClosed)
                continue;
            client.Lose();
            EndBatch();
        }
        for (var i = 0; i < QuiesceSteps; i++)
        {
            _machine.Advance(TimeSpan.TicksPerSecond);
            EndBatch();
            Settle();
        }
        _machine.CheckEngine();
        Drain();
        Settle();
        _machine.CheckEngine();
        if (!Has(Features.Damage) && _machine.DiskOctets > _machine.MostDiskOctets)
            throw new ViolationException("I11", $"{_machine.DiskOctets} octets on the disk, {_machine.MostDiskOctets} at most");
    }

    private void Heal()
    {
        var faults = _machine.Disk.Faults;
        (faults.SpaceOctets, faults.FailingSyncs, faults.FailingWrites, faults.CutAt) = (long.MaxValue, 0, 0, long.MaxValue);
        (faults.LostWrites, faults.MisdirectedWrites) = (0, 0);
    }

    private void Settle()
    {
        var left = DrainBudget;
        while (_machine.Pump(1) || _machine.HasReports)
        {
            while (_machine.HasReports)
            {
                _machine.Report();
                _ledger.EndBatch();
            }
            if (--left == 0)
                throw new ViolationException("I13", "the writer finds no end");
            if (_machine.Failure is not null && !Has(Features.Damage))
                throw new ViolationException("I13", $"the journal failed without a fault: {_machine.Failure.Message}");
            if (_machine.Failure is not null)
                return;
        }
    }

    private void Drain()
    {
        var expected = _ledger.Expected().ToArray();
        var client = new SimClient(_machine, _ledger, _trace, _canary, _machine.Clients.Count);
        _machine.Clients.Add(client);
        client.Open();
        var channel = client.OpenChannel();
        EndBatch();
        foreach (var queue in _ledger.Topology.Queues.ToArray())
        {
            var left = DrainBudget;
            while (queue.Exists && channel.IsOpen && left-- > 0)
            {
                channel.Get(queue, noAck: true);
                EndBatch();
                Settle();
                if (channel.LastGetWasEmpty || _machine.Failure is not null)
                    break;
            }
            if (queue.OpenGets > 0 && !_ledger.IsLenient)
                throw new ViolationException("I13", $"nobody answers a get from {queue.Name}");
        }
        foreach (var entry in expected)
        {
            if (entry.Removed is null)
                throw new ViolationException("I1", $"{entry} is missing at the end");
        }
    }
}
