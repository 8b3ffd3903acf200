using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// The virtual hosts of a broker, an engine each. A batch ends for those that it has touched, not for all: a broker may have thousands. Owned by the turn.
/// </summary>
internal sealed class VirtualHosts
{
    /// <summary>The virtual host that every broker starts with.</summary>
    public const string Default = "/";

    private readonly Dictionary<string, HostedEngine> _byName = new(StringComparer.Ordinal);
    private readonly List<HostedEngine> _all = [];
    private readonly List<HostedEngine> _touched = [];
    private readonly EngineOptions _options;
    private readonly IEffects _effects;
    private readonly IEntropy _entropy;
    private HostedEngine? _earliest; // Whose NextDueTicks those of all are.

    /// <param name="options">What all engines have in common; the name is each one's own.</param>
    /// <param name="effects">Where all engines' effects go.</param>
    /// <param name="entropy">Where all engines' randomness comes from.</param>
    public VirtualHosts(EngineOptions options, IEffects effects, IEntropy entropy)
    {
        _options = options;
        _effects = effects;
        _entropy = entropy;
        Create(Default);
    }

    /// <summary>When something is due next in any of them, as of the last batch's end.</summary>
    public long NextDueTicks { get; private set; } = long.MaxValue;

    public HostedEngine? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Makes a virtual host with nothing but the predeclared exchanges.</summary>
    /// <returns>False when there is one of this name.</returns>
    public bool Create(string name)
    {
        if (_byName.ContainsKey(name))
            return false;
        var host = new HostedEngine(this, name, new BrokerEngine(_options with { VirtualHost = name }, _effects, _entropy));
        _byName.Add(name, host);
        _all.Add(host);
        return true;
    }

    /// <summary>Closes all connections of a virtual host with 320 and forgets it, with everything in it.</summary>
    /// <returns>False when there is none of this name.</returns>
    public bool Delete(string name, DateTimeOffset now)
    {
        if (!_byName.Remove(name, out var host))
            return false;
        host.IsDeleted = true;
        host.Step(Command.Shutdown($"vhost '{name}' is deleted"), now);
        return true;
    }

    /// <summary>About a second has passed.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var host in _all)
            host.Step(Command.Tick(), now);
        if (_all.RemoveAll(static host => host is { IsDeleted: true, Connections: 0 }) > 0)
            FindEarliest();
    }

    /// <summary>Does what is due.</summary>
    public void RunDue(DateTimeOffset now)
    {
        foreach (var host in _all)
        {
            if (host.NextDueTicks <= now.UtcTicks)
                host.Step(Command.Due(), now);
        }
    }

    /// <summary>The broker stops.</summary>
    public void Shutdown(DateTimeOffset now)
    {
        foreach (var host in _all)
            host.Step(Command.Shutdown(), now);
    }

    /// <summary>The engine is stepped in this batch.</summary>
    public void Touch(HostedEngine host)
    {
        host.IsTouched = true;
        _touched.Add(host);
    }

    /// <summary>Ends the batch for every engine that was stepped.</summary>
    public void EndBatch()
    {
        foreach (var host in _touched)
        {
            host.IsTouched = false;
            host.EndBatch();
            SeeWhenDue(host);
        }
        _touched.Clear();
    }

    private void SeeWhenDue(HostedEngine host)
    {
        var dueTicks = host.NextDueTicks;
        if (dueTicks <= NextDueTicks)
            (_earliest, NextDueTicks) = (host, dueTicks);
        else if (host == _earliest)
            FindEarliest(); // It is a later one's turn, perhaps another's.
    }

    private void FindEarliest()
    {
        (_earliest, NextDueTicks) = (null, long.MaxValue);
        foreach (var host in _all)
        {
            if (host.NextDueTicks < NextDueTicks)
                (_earliest, NextDueTicks) = (host, host.NextDueTicks);
        }
    }
}
