using System.Text.Json;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Definitions that were read: every entry is right by itself. Whether they fit to a broker shows when they are imported.</summary>
internal sealed class DefinitionsSet
{
    public List<UserAccount> Users { get; } = [];

    public List<(string Name, JsonElement? Metadata)> VirtualHosts { get; } = [];

    public List<UserPermission> Permissions { get; } = [];

    public List<TopicPermission> TopicPermissions { get; } = [];

    public List<(string VirtualHost, VirtualHostLimits Limits)> Limits { get; } = [];

    public List<(string VirtualHost, Policy Policy, bool IsOperators)> Policies { get; } = [];

    /// <summary>Parameters that mean nothing to this broker.</summary>
    public List<(string VirtualHost, string Component, string Name, JsonElement Value)> Parameters { get; } = [];

    public List<(string Name, JsonElement Value)> GlobalParameters { get; } = [];

    /// <summary>Adds policies, limits and parameters of another set.</summary>
    public void Add(DefinitionsSet other)
    {
        Policies.AddRange(other.Policies);
        Limits.AddRange(other.Limits);
        Parameters.AddRange(other.Parameters);
    }

    /// <summary>Exchanges, queues and bindings by virtual host.</summary>
    public SortedDictionary<string, Topology> Topologies { get; } = new(StringComparer.Ordinal);
}
