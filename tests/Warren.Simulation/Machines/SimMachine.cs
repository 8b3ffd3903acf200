using Warren.Amqp;
using Warren.Engine;
using Warren.Store;

namespace Warren.Simulation;

/// <summary>
/// A machine that runs a broker on one thread: disk, journal and engine. It can lose its power at any operation of the disk and start again. The writer of the
/// journal works when it is told to, and the engine hears of it when it is told to.
/// </summary>
internal sealed class SimMachine : IEffects, IEntropy, IJournalOwner
{
    private const int CutsInARow = 4;
    private const int MostDeadlines = 10_000;
    private const int BodyOctets = 2000; // A dozen of messages.
    private const int IdentityOctets = 2048; // And what is on the way to be it.

    private readonly IChoices _choices;
    private readonly Trace _trace;
    private readonly Canary _canary;
    private readonly bool _isDamageMode;
    private readonly bool _pages;
    private readonly JournalOracle _oracle;
    private readonly JournalOptions _options;
    private readonly StateImage _image = new();
    private readonly Queue<long> _reports = new();
    private readonly Dictionary<ulong, ulong> _recovered = [];
    private Journal _journal = null!;
    private long _imagedAt;
    private long _toldAt;
    private int _largestStep;
    private SimJournal _engineJournal = null!;
    private byte _entropy;
    private Damage? _damage;

    public SimMachine(IChoices choices, Trace trace, Canary canary, Features features)
    {
        _choices = choices;
        _trace = trace;
        _canary = canary;
        _isDamageMode = (features & Features.Damage) != 0;
        _pages = features.Pages();
        _oracle = new JournalOracle(_isDamageMode);
        _options = new JournalOptions
        {
            SegmentOctets = 4096 << choices.Next(3),
            BatchOctets = (features & Features.BigBatches) != 0 ? 4096 : 1 + (choices.Next(4) * 200),
            BufferOctets = 1 << 20,
            ZeroAheadOctets = choices.Next(2) * 1024,
            CompactionOctets = 512 << choices.Next(4),
            NewSalt = () => 0x5EED5EED5EED5EED,
        };
    }

    public SimDisk Disk { get; } = new();

    public BrokerEngine Engine { get; private set; } = null!;

    public List<SimClient> Clients { get; } = [];

    public long NowTicks { get; private set; } = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    /// <summary>How far the store says that it is on disk.</summary>
    public long Persisted { get; private set; }

    /// <summary>Why the process has to end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The batch at hand.</summary>
    public Boundary Current { get; private set; } = new();

    /// <summary>How many batches there were.</summary>
    public int Batch { get; private set; } = 1;

    /// <summary>True when the store has told of damage, or need not have.</summary>
    public bool IsDamaged { get; set; }

    public bool HasReports => _reports.Count > 0;

    /// <summary>Octets that the journal may take on the disk (I11).</summary>
    public long MostDiskOctets => (2 * _journal.LiveOctets) + (2 * Math.Max(_options.SegmentOctets, _largestStep + _options.BatchOctets + 1024L)) + IdentityOctets;

    public long DiskOctets => Disk.UsedOctets;

    /// <summary>Where it stops besides, until it has.</summary>
    public PlannedCut? PlannedCut { get; set; }

    /// <summary>The machine starts. Returns how far what was recovered reaches.</summary>
    /// <param name="cuts">True when recovery itself may be cut off.</param>
    public long Start(bool cuts)
    {
        for (var left = cuts ? CutsInARow : 0; ; left--)
        {
            Disk.Faults.CutAt = PlannedCut?.Operation ?? long.MaxValue;
            if (left > 0 && _choices.Next(2) == 1)
                CutSoon(_choices.Next(8));
            try
            {
                return Recover();
            }
            catch (PowerCutException)
            {
                _trace.Tell($"  the power is cut during recovery");
                FallByCut();
            }
        }
    }

    /// <summary>The power is going to be cut after so many operations of the disk, unless it is before.</summary>
    public void CutSoon(int operations) => Disk.Faults.CutAt = Math.Min(Disk.Faults.CutAt, Disk.Operations + operations);

    /// <summary>The power was cut: what becomes of the disk.</summary>
    public void FallByCut()
    {
        if (PlannedCut is { } planned && planned.Operation == Disk.Operations)
        {
            PlannedCut = null;
            planned.Apply(Disk, _choices);
            return;
        }
        Disk.Crash(_choices);
    }

    public void Step(in Command command)
    {
        Engine.Step(command, new DateTimeOffset(NowTicks, TimeSpan.Zero));
    }

    /// <summary>The batch ends: it is sealed, and clients get what was sent.</summary>
    public void EndBatch()
    {
        Engine.EndBatch();
        _journal.Seal();
        _largestStep = Math.Max(_largestStep, _engineJournal.Octets);
        _engineJournal.Octets = 0;
        EndImage();
        Current.Position = _journal.Position;
        if (_canary.PersistsAtOnce && _journal.Position > _toldAt)
            _reports.Enqueue(_toldAt = _journal.Position);
        foreach (var client in Clients)
            client.Receive();
        Current = new Boundary();
        Batch++;
    }

    /// <summary>The writer works, at most so often. False when there is nothing left to do.</summary>
    public bool Pump(int times)
    {
        for (; times > 0; times--)
        {
            var worked = _journal.Writer.RunOnce();
            if (Failure is not null || !worked)
                return false;
        }
        return true;
    }

    /// <summary>The engine hears how far the disk is.</summary>
    public void Report()
    {
        if (!_reports.TryDequeue(out var position))
            return;
        _trace.Tell($"  persisted {position}");
        Step(Command.Persisted(_canary.Persisted?.Invoke(position, _journal.Position) ?? position));
        EndBatch();
    }

    /// <summary>Time passes; what is due is done when it is due.</summary>
    public void Advance(long ticks)
    {
        var end = NowTicks + ticks;
        var left = MostDeadlines;
        while (!_canary.ForgetsDeadlines && Engine.NextDueTicks <= end)
        {
            if (--left == 0)
                throw new ViolationException("I13", "what is due is never done");
            NowTicks = Math.Max(NowTicks, Engine.NextDueTicks);
            Step(Command.Due());
            EndBatch();
        }
        NowTicks = end;
    }

    /// <summary>A clean end of the process.</summary>
    public void Stop()
    {
        _journal.Dispose();
    }

    public void CheckEngine()
    {
        try
        {
            var known = Engine.CheckInvariants()!;
            if (_isDamageMode)
                return;
            if (known.Count != _oracle.LiveIds.Count || !_oracle.LiveIds.All(known.Contains))
            {
                var lost = string.Join(' ', known.Except(_oracle.LiveIds).Order().Take(5));
                throw new ViolationException("I10", $"the engine knows {known.Count} records, the journal has {_oracle.LiveIds.Count}; missing {lost}; too much {string.Join(' ', _oracle.LiveIds.Except(known).Order().Take(5))}");
            }
        }
        catch (InvalidOperationException e)
        {
            throw new ViolationException("I10", e.Message, e);
        }
    }

    FrameBuffer IEffects.Outbound(ConnectionId connection) => Clients[connection.Value].Outbound;

    bool IEffects.HasRoom(ConnectionId connection) => true;

    void IEffects.Pause(ConnectionId connection)
    {
    }

    void IEffects.Resume(ConnectionId connection)
    {
    }

    void IEffects.Close(ConnectionId connection) => Clients[connection.Value].IsClosed = true;

    void IEffects.Refused(ConnectionId connection, ushort channel, in Refusal refusal)
    {
        _trace.Tell($"  refused: {refusal.Reason}");
        if (!_isDamageMode)
            throw new ViolationException("client", $"nobody did anything wrong, and the engine says: {refusal.Reason}");
        if (channel > 0)
            Clients[connection.Value].Channels[channel - 1].End();
    }

    void IEffects.SetAside(ShortString queue, ulong recordId)
    {
        _trace.Tell($"  set aside: {recordId} in {queue}");
        if (!_isDamageMode)
            throw new ViolationException("I1", $"the record {recordId} of {queue} cannot be read, and nothing has damaged it");
    }

    void IEffects.Failed(ConnectionId? connection, Exception exception) => throw new ViolationException("engine", $"it failed: {exception.Message}", exception);

    void IEntropy.Fill(Span<byte> octets)
    {
        foreach (ref var octet in octets)
            octet = ++_entropy;
    }

    void IJournalOwner.Persisted(long position)
    {
        Persisted = position;
        _oracle.Persisted(position);
        _reports.Enqueue(position);
        _trace.Count((ulong)position);
    }

    void IJournalOwner.HasRoom()
    {
    }

    void IJournalOwner.DiskFull(DiskException reason) => _trace.Tell($"  the disk is full: {reason.Message}");

    void IJournalOwner.DiskHasRoom() => _trace.Tell($"  the disk has room");

    void IJournalOwner.Damaged(Damage damage)
    {
        _trace.Tell($"  damage: {damage}");
        IsDamaged = true;
        _damage = damage;
    }

    void IJournalOwner.Failed(Exception reason)
    {
        _trace.Tell($"  the journal failed: {reason.Message}");
        if (_canary.IgnoresFailure)
            _reports.Enqueue(_journal.Position);
        else
            Failure = reason;
    }

    private long Recover()
    {
        _reports.Clear();
        Failure = null;
        _journal = Journal.Open(_canary.Disk?.Invoke(Disk) ?? Disk, _options, this);
        var inner = _engineJournal = new SimJournal(_journal, _oracle);
        Engine = new BrokerEngine(new EngineOptions { Bodies = _pages ? new BodyBudget(BodyOctets) : null }, this, this, _canary.Journal?.Invoke(inner, _journal.Seal) ?? inner);
        var recovery = Engine.BeginRecovery(new DateTimeOffset(NowTicks, TimeSpan.Zero));
        Read(recovery);
        IsDamaged |= _journal.Report.Damages.Count > 0;
        _damage = _journal.Report.Damages.Count > 0 ? _journal.Report.Damages[0] : _damage;
        var (position, state) = (long.MaxValue, 0UL);
        if (_isDamageMode)
            _oracle.RecoverDamaged(_recovered, IsDamaged);
        else if (IsDamaged)
            throw new ViolationException("I14", $"damage is reported and there is none: {_damage}");
        else
            (position, state) = _oracle.Recover(_recovered);
        var report = recovery.Finish();
        if (!_isDamageMode && report.Faults.Count > 0)
            throw new ViolationException("I9", $"the engine cannot use what was recovered: {report.Faults[0]}");
        var image = _image.Of(Engine);
        if (state != 0 && image != state)
            throw new ViolationException("I1", "what the engine has recovered is not what it had at that point of the journal");
        _oracle.SetState(image);
        _imagedAt = _toldAt = 0;
        Persisted = 0;
        _journal.Seal();
        EndImage();
        Current = new Boundary();
        _trace.Tell($"  recovered up to {position}: {report.Queues} queues, {report.Messages} messages");
        _trace.Count(image);
        return position;
    }

    private void Read(EngineRecovery recovery)
    {
        _recovered.Clear();
        var filter = _canary.Recovery?.Invoke();
        byte[] buffer = [];
        _journal.ReadAll((id, kind, head, body) =>
        {
            _recovered.Add(id, JournalOracle.HashOf(id, kind, head, body));
            if (filter is null && buffer.Length < head.Length + body.Length)
                buffer = new byte[Math.Max(4096, head.Length + body.Length)];
            var octets = filter is null ? buffer : new byte[head.Length + body.Length];
            head.CopyTo(octets);
            body.CopyTo(octets.AsSpan(head.Length));
            var recordKind = (RecordKind)kind;
            if (filter is null)
                recovery.Add(id, recordKind, octets.AsMemory(0, head.Length + body.Length));
            else if (filter.Pass(ref id, ref recordKind, ref octets))
                recovery.Add(id, recordKind, octets);
        });
    }

    private void EndImage()
    {
        if (_journal.Position == _imagedAt)
            return;
        _imagedAt = _journal.Position;
        _oracle.End(_imagedAt, _image.Of(Engine));
    }
}
