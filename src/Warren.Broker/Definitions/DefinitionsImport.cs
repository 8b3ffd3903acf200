using Microsoft.Extensions.Logging;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Brings definitions into a broker: first everything is checked, then everything is applied, in one turn. Owned by the turn.</summary>
internal sealed class DefinitionsImport(BrokerTurn turn, DefinitionsSet set, BrokerGlobals globals, ILogger log)
{
    private readonly Dictionary<string, HostedEngine> _new = new(StringComparer.Ordinal);

    /// <exception cref="DefinitionsException">Something does not fit to what the broker has; nothing was changed.</exception>
    public void Run()
    {
        foreach (var (name, _) in set.VirtualHosts)
            AddHost(name);
        CheckNames();
        foreach (var (name, topology) in set.Topologies)
        {
            if (Find(name).FaultOf(topology, MaxQueuesOf(name)) is { } fault)
                throw new DefinitionsException(fault);
        }

        // Every check is above this line.
        ApplyHosts();
        ApplyUsers();
        ApplyPolicies();
        foreach (var (name, topology) in set.Topologies)
            ApplyTopology(Find(name), topology);
    }

    private void AddHost(string name)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(name) > UserAccount.MaxNameOctets)
            throw new DefinitionsException($"vhost '{name}': a virtual host's name has at most {UserAccount.MaxNameOctets} octets");
        if (turn.VirtualHosts.Find(name) is null && !_new.ContainsKey(name))
            _new.Add(name, turn.VirtualHosts.New(name));
    }

    private void CheckNames()
    {
        var users = set.Users.Select(static user => user.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var permission in set.Permissions)
            CheckUser($"permission of user '{permission.User}' in vhost '{permission.VirtualHost}'", permission.User, permission.VirtualHost);
        foreach (var topic in set.TopicPermissions)
            CheckUser($"topic permission of user '{topic.User}' in vhost '{topic.VirtualHost}'", topic.User, topic.VirtualHost);
        foreach (var (host, _) in set.Limits)
            CheckHost("limits", host);
        foreach (var (host, policy, _) in set.Policies)
            CheckHost($"policy '{policy.Name}'", host);
        foreach (var (host, component, name, _) in set.Parameters)
            CheckHost($"parameter '{name}' of component '{component}'", host);
        foreach (var host in set.Topologies.Keys)
            CheckHost("queues, exchanges or bindings", host);

        void CheckUser(string entry, string user, string host)
        {
            CheckHost(entry, host);
            if (!users.Contains(user) && turn.Users.Find(user) is null)
                throw new DefinitionsException($"{entry}: User '{user}' does not exist");
        }

        void CheckHost(string entry, string host)
        {
            if (!_new.ContainsKey(host) && turn.VirtualHosts.Find(host) is null)
                throw new DefinitionsException($"{entry}: Virtual host '{host}' does not exist");
        }
    }

    private void ApplyHosts()
    {
        foreach (var host in _new.Values)
            turn.VirtualHosts.Add(host);
        foreach (var (name, metadata) in set.VirtualHosts)
            Find(name).Foreign.Metadata = metadata ?? Find(name).Foreign.Metadata;
        foreach (var (name, limits) in set.Limits)
        {
            Find(name).Limits = limits;
            Find(name).Step(Command.LimitsChanged(limits.MaxQueues), turn.Now);
        }
        foreach (var (host, component, name, value) in set.Parameters)
        {
            Find(host).Foreign.Parameters[(component, name)] = value;
            Log.ForeignParameter(log, component, name, host);
        }
        foreach (var (name, value) in set.GlobalParameters)
            globals.Parameters[name] = value;
    }

    private void ApplyUsers()
    {
        var changed = new HashSet<UserEntry>();
        foreach (var user in set.Users)
        {
            // As RabbitMQ's loopback_users, which no definitions can hold.
            var loopbackOnly = turn.Users.Find(user.Name)?.Account.LoopbackOnly ?? user.Name == BrokerUser.Guest.Name;
            changed.Add(turn.Users.Put(user with { LoopbackOnly = loopbackOnly }));
        }
        foreach (var permission in set.Permissions)
        {
            turn.Users.Require(permission.User).Set(permission);
            changed.Add(turn.Users.Require(permission.User));
        }
        foreach (var topic in set.TopicPermissions)
        {
            turn.Users.Require(topic.User).Set(topic);
            changed.Add(turn.Users.Require(topic.User));
        }
        foreach (var entry in changed)
            turn.UserConnections.Reauthorize(entry);
    }

    private void ApplyPolicies()
    {
        foreach (var (host, policy, isOperators) in set.Policies)
            Find(host).Policies.Put(policy, isOperators);
        foreach (var host in set.Policies.Select(static policy => policy.VirtualHost).Distinct())
            Find(host).ApplyPolicies(turn.Now);
    }

    private void ApplyTopology(HostedEngine host, Topology topology)
    {
        foreach (var binding in host.LooseBindingsOf(topology))
            Log.LooseBinding(log, $"'{binding.Source}'", $"'{binding.Destination}'", host.Name);
        host.Step(Command.TopologyImported(topology), turn.Now);
    }

    private int? MaxQueuesOf(string host)
    {
        var index = set.Limits.FindLastIndex(limits => limits.VirtualHost == host);
        return index >= 0 ? set.Limits[index].Limits.MaxQueues : Find(host).Limits.MaxQueues;
    }

    private HostedEngine Find(string name) => _new.GetValueOrDefault(name) ?? turn.VirtualHosts.Require(name);
}
