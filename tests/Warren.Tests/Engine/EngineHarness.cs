using Warren.Amqp;
using Warren.Engine;
using Warren.Tests.Engine.Persistence;

namespace Warren.Tests.Engine;

/// <summary>
/// A broker engine without a host: frames go in as encoded octets, what it sends is cut into frames again. Time moves only when told to.
/// After every step the engine's invariants are checked.
/// </summary>
internal sealed class EngineHarness : IEffects, IEntropy, IDisposable
{
    private readonly List<TestConnection> _connections = [];
    private readonly Random _random = new(1);
    private int _batchDepth;
    private bool _isUnchecked;

    private readonly FakeJournal? _journal;

    public EngineHarness(EngineOptions? options = null, FakeJournal? journal = null, DateTimeOffset? now = null)
    {
        _journal = journal;
        Persisted = journal?.Start ?? 0;
        Now = now ?? Now;
        Engine = new BrokerEngine(options ?? new EngineOptions(), this, this, journal);
    }

    public BrokerEngine Engine { get; }

    /// <summary>Where failures of the engine go in a test that wants them; in all others they fail the test.</summary>
    public List<(ConnectionId? Connection, Exception Exception)>? Failures { get; set; }

    /// <summary>Every close that the engine has told its host of.</summary>
    public List<(ConnectionId Connection, ushort Channel, Refusal Refusal)> Refusals { get; } = [];

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the journal is on disk.</summary>
    public long Persisted { get; private set; }

    /// <summary>True while nothing reaches the disk unless <see cref="Persist"/> is called. Else everything does at the end of each batch.</summary>
    public bool IsDiskHeld { get; set; }

    /// <summary>Called when a batch of the journal has ended.</summary>
    public Action? Sealed { get; set; }

    public TestConnection Connect(
        bool takesCancel = true, string user = "guest", int channelMax = 2047, int frameMax = 131072, Authority? authority = null, ChannelQuota? quota = null,
        bool takesBlocked = true)
    {
        var capabilities = FieldTable.Create(("consumer_cancel_notify", takesCancel), ("connection.blocked", takesBlocked));
        var connection = new TestConnection(this, new ConnectionId(_connections.Count), frameMax);
        _connections.Add(connection);
        Step(Command.Opened(connection.Id, new ConnectionSettings
        {
            User = user,
            Authority = authority ?? Authority.Unlimited,
            ChannelQuota = quota,
            ChannelMax = channelMax,
            FrameMax = frameMax,
            ClientProperties = FieldTable.Create(("capabilities", capabilities)),
        }));
        return connection;
    }

    /// <summary>A channel on a connection of its own.</summary>
    public TestChannel OpenChannel(bool takesCancel = true) => Connect(takesCancel).OpenChannel();

    public void Step(in Command command)
    {
        Engine.Step(command, Now);
        if (!_isUnchecked)
            SealAndCheck();
        if (_batchDepth == 0)
            EndBatch();
    }

    /// <summary>Several frames as one read batch of the host.</summary>
    public void Batch(Action steps)
    {
        _batchDepth++;
        steps();
        _batchDepth--;
        EndBatch();
    }

    /// <summary>Many steps as one read batch, checked at the end: a check walks everything.</summary>
    public void BatchUnchecked(Action steps)
    {
        _isUnchecked = true;
        Batch(steps);
        _isUnchecked = false;
        SealAndCheck();
    }

    /// <summary>A batch of the journal ends here, and its live records are those that the engine knows.</summary>
    public void SealAndCheck()
    {
        _journal?.Seal();
        var known = Engine.CheckInvariants();
        if (_journal is not null)
        {
            Assert.Equal(_journal.Live.Keys.Except(Engine.Host.Records!.SetAside), known!.Except(Engine.Host.Records.SetAside).Order());
            Sealed?.Invoke();
        }
    }

    /// <summary>The journal is on disk up to here.</summary>
    public void Persist(long position)
    {
        SetPersisted(position);
        Step(Command.Persisted(position));
    }

    public void Advance(TimeSpan time)
    {
        Now += time;
        Step(Command.Tick());
    }

    /// <summary>Time passes and the engine is not told.</summary>
    public void Pass(TimeSpan time) => Now += time;

    /// <summary>Time passes as for a host that looks at the clock only when the engine asks for it.</summary>
    public void AdvanceWhenDue(TimeSpan time)
    {
        var end = Now + time;
        while (Engine.NextDueTicks <= end.UtcTicks)
        {
            Now = new DateTimeOffset(Math.Max(Engine.NextDueTicks, Now.UtcTicks), TimeSpan.Zero);
            Step(Command.Due());
        }
        Now = end;
    }

    public QueueSnapshot Queue(string name) => Assert.Single(Engine.Snapshot().Queues, queue => queue.Name == name);

    public bool QueueExists(string name) => Engine.Snapshot().Queues.Any(queue => queue.Name == name);

    public FrameBuffer Outbound(ConnectionId connection) => _connections[connection.Value].OutboundOrFailure;

    public bool HasRoom(ConnectionId connection) => _connections[connection.Value].HasRoom;

    public void Pause(ConnectionId connection) => _connections[connection.Value].IsPaused = true;

    public void Resume(ConnectionId connection) => _connections[connection.Value].IsPaused = false;

    public void Close(ConnectionId connection) => _connections[connection.Value].IsClosed = true;

    /// <summary>What could not be read any more.</summary>
    public List<(string Queue, ulong RecordId)> Lost { get; } = [];

    public void SetAside(ShortString queue, ulong recordId) => Lost.Add((queue.ToString(), recordId));

    public void Refused(ConnectionId connection, ushort channel, in Refusal refusal) => Refusals.Add((connection, channel, refusal));

    public void Failed(ConnectionId? connection, Exception exception)
    {
        if (Failures is null)
            throw new InvalidOperationException($"The engine failed in a step of connection {connection?.Value}.", exception);
        Failures.Add((connection, exception));
    }

    public void Fill(Span<byte> octets) => _random.NextBytes(octets);

    public void Dispose()
    {
        Engine.CheckInvariants();
        foreach (var connection in _connections)
            connection.Outbound.Dispose();
    }

    private void EndJournalBatch(FakeJournal journal)
    {
        if (!_isUnchecked)
            SealAndCheck();
        while (!IsDiskHeld && Persisted < journal.Position)
        {
            SetPersisted(journal.Position);
            Engine.Step(Command.Persisted(Persisted), Now);
            Engine.EndBatch();
            journal.Seal();
        }
    }

    private void SetPersisted(long position)
    {
        Persisted = position;
        _journal!.Persisted = position;
    }

    private void EndBatch()
    {
        Engine.EndBatch();
        if (_journal is not null)
            EndJournalBatch(_journal);
        foreach (var connection in _connections)
            connection.Receive();
    }
}
