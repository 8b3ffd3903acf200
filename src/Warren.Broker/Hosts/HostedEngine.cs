using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>One virtual host in the broker: its name, and the engine that it is. Owned by the turn.</summary>
internal sealed class HostedEngine(VirtualHosts hosts, string name, BrokerEngine engine, EngineJournal? journal)
{
    public string Name { get; } = name;

    /// <summary>Where what is durable in it is kept; null where nothing is.</summary>
    public EngineJournal? Journal { get; } = journal;

    /// <summary>How much there may be in it; the engine hears of it from whoever sets this.</summary>
    public VirtualHostLimits Limits { get; set; } = VirtualHostLimits.None;

    /// <summary>Its policies; the engine hears of them from <see cref="ApplyPolicies"/>.</summary>
    public PolicyBook Policies { get; } = new();

    /// <summary>What definitions say of it that means nothing to this broker, and is given back.</summary>
    public ForeignDefinitions Foreign { get; } = new();

    /// <summary>How many connections the engine knows.</summary>
    public int Connections { get; set; }

    /// <summary>True while it stands among those that the batch has touched; owned by <see cref="VirtualHosts"/>.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Nobody finds it any more; it lives until its last connection has left.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>As <see cref="BrokerEngine.NextDueTicks"/>; in a deleted virtual host nothing is due any more.</summary>
    public long NextDueTicks => IsDeleted ? long.MaxValue : engine.NextDueTicks;

    /// <summary>What of <see cref="MessageOctets"/> the sum of all virtual hosts holds; owned by <see cref="VirtualHosts"/>.</summary>
    public long CountedOctets { get; set; }

    /// <inheritdoc cref="BrokerEngine.MessageOctets"/>
    public long MessageOctets => engine.MessageOctets;

    public void Step(in Command command, DateTimeOffset now)
    {
        if (!IsTouched)
            hosts.Touch(this);
        engine.Step(command, now);
    }

    /// <inheritdoc cref="BrokerEngine.IsMidContent"/>
    public bool IsMidContent(ConnectionId connection) => engine.IsMidContent(connection);

    /// <summary>From now on the policies hold as they stand in the book.</summary>
    public void ApplyPolicies(DateTimeOffset now) => Step(Command.PoliciesChanged(Policies.ToSet()), now);

    /// <inheritdoc cref="BrokerEngine.EffectivePolicyOf"/>
    public FieldTable? EffectivePolicyOf(ShortString queue) => engine.EffectivePolicyOf(queue);

    /// <inheritdoc cref="BrokerEngine.FaultOf"/>
    public string? FaultOf(Topology topology, int? maxQueues) => engine.FaultOf(topology, maxQueues);

    /// <inheritdoc cref="BrokerEngine.LooseBindingsOf"/>
    public IReadOnlyList<BindingDefinition> LooseBindingsOf(Topology topology) => engine.LooseBindingsOf(topology);

    /// <inheritdoc cref="BrokerEngine.ExportTopology"/>
    public Topology ExportTopology() => engine.ExportTopology();

    /// <inheritdoc cref="BrokerEngine.BeginRecovery"/>
    public EngineRecovery BeginRecovery(DateTimeOffset now) => engine.BeginRecovery(now);

    /// <inheritdoc cref="BrokerEngine.Snapshot"/>
    public EngineSnapshot Snapshot() => engine.Snapshot();

    /// <inheritdoc cref="BrokerEngine.VisitMessages"/>
    public void VisitMessages(MessageVisitor visitor) => engine.VisitMessages(visitor);

    /// <summary>Nothing of it is kept any more, from this batch's end on.</summary>
    public void Forget()
    {
        if (Journal is null)
            return;
        engine.RemoveRecords();
        Journal.End();
    }

    public void EndBatch() => engine.EndBatch();
}
