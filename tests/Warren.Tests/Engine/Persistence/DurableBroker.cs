using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>A broker with a journal: it can crash and come back. After every step the journal's live records are those that the engine knows.</summary>
internal sealed class DurableBroker : IDisposable
{
    private readonly EngineOptions _options;
    private readonly long? _bodyOctets;

    /// <param name="options">What is settled.</param>
    /// <param name="bodyOctets">How much memory messages may take; null for any.</param>
    public DurableBroker(EngineOptions? options = null, long? bodyOctets = null)
    {
        _options = options ?? new EngineOptions();
        _bodyOctets = bodyOctets;
        Broker = new EngineHarness(Options, Journal);
    }

    public FakeJournal Journal { get; private set; } = new();

    public EngineHarness Broker { get; private set; }

    /// <summary>The policies that hold, also after a crash.</summary>
    public PolicySet Policies { get; private set; } = PolicySet.Empty;

    /// <summary>What the last recovery has said.</summary>
    public RecoveryReport Report { get; private set; } = new();

    /// <summary>True while nothing that is appended reaches the disk.</summary>
    public bool IsDiskHeld
    {
        get => Broker.IsDiskHeld;
        set => Broker.IsDiskHeld = value;
    }

    private EngineOptions Options => _bodyOctets is { } octets ? _options with { Bodies = new BodyBudget(octets) } : _options;

    public TestChannel OpenChannel() => Broker.OpenChannel();

    public void SetPolicies(PolicySet policies)
    {
        Policies = policies;
        Broker.Step(Command.PoliciesChanged(policies));
    }

    /// <summary>Everything that was appended reaches the disk.</summary>
    public void Persist() => Broker.Persist(Journal.Position);

    /// <summary>The broker dies with what is on disk, or with more than it knows of, and comes back.</summary>
    public void Crash(long? persisted = null, Random? order = null) => Restart(Journal.Crash(persisted ?? Broker.Persisted), order);

    /// <summary>The broker comes back on another journal.</summary>
    public void Restart(FakeJournal journal, Random? order = null)
    {
        var now = Broker.Now;
        Broker.Dispose();
        Journal = journal;
        Broker = new EngineHarness(Options, journal, now);
        if (Policies != PolicySet.Empty)
            Broker.Engine.Step(Command.PoliciesChanged(Policies), now);
        var recovery = Broker.Engine.BeginRecovery(now);
        var records = journal.Live.ToArray();
        order?.Shuffle(records);
        foreach (var (id, (kind, octets)) in records)
            recovery.Add(id, kind, octets.ToArray());
        Report = recovery.Finish();
        Broker.SealAndCheck();
    }

    public void Dispose() => Broker.Dispose();
}
