using Warren.Engine;

namespace Warren.Broker;

/// <summary>The policies of one virtual host by their names. Owned by the turn.</summary>
internal sealed class PolicyBook
{
    private readonly SortedDictionary<string, Policy> _policies = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Policy> _operators = new(StringComparer.Ordinal);

    /// <summary>All of one kind, in the order of their names.</summary>
    public IReadOnlyList<Policy> All(bool ofOperators) => [.. Of(ofOperators).Values];

    public void Put(Policy policy, bool ofOperators) => Of(ofOperators)[policy.Name] = policy;

    public bool Remove(string name, bool ofOperators) => Of(ofOperators).Remove(name);

    public PolicySet ToSet() => new(_policies.Values, _operators.Values);

    private SortedDictionary<string, Policy> Of(bool operators) => operators ? _operators : _policies;
}
