using Warren.Engine;

namespace Warren.Broker;

/// <summary>One virtual host in the broker: its name, and the engine that it is. Owned by the turn.</summary>
internal sealed class HostedEngine(VirtualHosts hosts, string name, BrokerEngine engine)
{
    public string Name { get; } = name;

    /// <summary>How many connections the engine knows.</summary>
    public int Connections { get; set; }

    /// <summary>True while it stands among those that the batch has touched; owned by <see cref="VirtualHosts"/>.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Nobody finds it any more; it lives until its last connection has left.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>As <see cref="BrokerEngine.NextDueTicks"/>; in a deleted virtual host nothing is due any more.</summary>
    public long NextDueTicks => IsDeleted ? long.MaxValue : engine.NextDueTicks;

    public void Step(in Command command, DateTimeOffset now)
    {
        if (!IsTouched)
            hosts.Touch(this);
        engine.Step(command, now);
    }

    public void EndBatch() => engine.EndBatch();
}
