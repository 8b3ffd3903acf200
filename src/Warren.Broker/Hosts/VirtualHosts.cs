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
    private readonly BrokerJournal? _journal;
    private Alarms _alarms;
    private HostedEngine? _earliest; // Whose NextDueTicks those of all are.

    /// <param name="options">What all engines have in common; the name is each one's own.</param>
    /// <param name="effects">Where all engines' effects go.</param>
    /// <param name="entropy">Where all engines' randomness comes from.</param>
    /// <param name="journal">Where all engines keep what is durable; null keeps nothing, and there is the default virtual host.</param>
    public VirtualHosts(EngineOptions options, IEffects effects, IEntropy entropy, BrokerJournal? journal)
    {
        _options = options;
        _effects = effects;
        _entropy = entropy;
        _journal = journal;
        if (journal is null)
            Create(Default);
    }

    /// <summary>When something is due next in any of them, as of the last batch's end.</summary>
    public long NextDueTicks { get; private set; } = long.MaxValue;

    /// <summary>The names of all, in order.</summary>
    public IEnumerable<string> Names => _byName.Keys.Order(StringComparer.Ordinal);

    /// <summary>What messages take in all of them, as of the last batch's end; see <see cref="BrokerEngine.MessageOctets"/>.</summary>
    public long MessageOctets { get; private set; }

    public HostedEngine? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public HostedEngine Require(string name) => Find(name) ?? throw new KeyNotFoundException($"There is no virtual host '{name}'.");

    /// <summary>Makes a virtual host with nothing but the predeclared exchanges.</summary>
    /// <returns>False when there is one of this name.</returns>
    public bool Create(string name)
    {
        if (_byName.ContainsKey(name))
            return false;
        Add(New(name));
        return true;
    }

    /// <summary>A virtual host that nobody finds before it is added.</summary>
    public HostedEngine New(string name) => New(name, _journal?.For());

    /// <summary>A virtual host that was there before, under this number.</summary>
    public HostedEngine Restore(string name, uint number)
    {
        var host = New(name, _journal!.For(number));
        Add(host);
        return host;
    }

    public void Add(HostedEngine host)
    {
        _byName.Add(host.Name, host);
        _all.Add(host);
        if (_alarms != Alarms.None)
            host.Step(Command.AlarmsChanged(_alarms), default);
    }

    /// <summary>Closes all connections of a virtual host with 320 and forgets it, with everything in it.</summary>
    /// <returns>False when there is none of this name.</returns>
    public bool Delete(string name, DateTimeOffset now)
    {
        if (!_byName.Remove(name, out var host))
            return false;
        host.IsDeleted = true;
        host.Step(Command.Shutdown($"vhost '{name}' is deleted"), now);
        host.Forget();
        return true;
    }

    /// <summary>About a second has passed.</summary>
    public void Tick(DateTimeOffset now)
    {
        if (_all.RemoveAll(Leave) > 0)
            FindEarliest();
        foreach (var host in _all)
            host.Step(Command.Tick(), now);
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

    /// <summary>From now on these alarms stand, and no others.</summary>
    public void SetAlarms(Alarms alarms, DateTimeOffset now)
    {
        _alarms = alarms;
        foreach (var host in _all)
            host.Step(Command.AlarmsChanged(alarms), now);
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
            Count(host, host.MessageOctets);
            SeeWhenDue(host);
        }
        _touched.Clear();
    }

    private HostedEngine New(string name, EngineJournal? journal)
    {
        var host = new HostedEngine(this, name, new BrokerEngine(_options with { VirtualHost = name }, _effects, _entropy, journal), journal);
        if (journal is not null)
            journal.Host = host;
        return host;
    }

    // With the last connection of a deleted virtual host its messages are gone.
    private bool Leave(HostedEngine host)
    {
        if (host is not { IsDeleted: true, Connections: 0, IsTouched: false })
            return false;
        Count(host, 0);
        return true;
    }

    private void Count(HostedEngine host, long octets)
    {
        MessageOctets += octets - host.CountedOctets;
        host.CountedOctets = octets;
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
