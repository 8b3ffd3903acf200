using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// All policies of a virtual host. A queue has at most one policy and one operator policy, an exchange at most one policy: of those that match, the one
/// with the highest priority.
/// </summary>
public sealed class PolicySet
{
    private readonly Policy[] _policies;
    private readonly Policy[] _operators;

    /// <summary>Takes policies whose definitions were checked.</summary>
    /// <param name="policies">Those of users.</param>
    /// <param name="operatorPolicies">Those of operators, which users cannot override: of two numbers the smaller one holds.</param>
    public PolicySet(IEnumerable<Policy> policies, IEnumerable<Policy> operatorPolicies) =>
        (_policies, _operators) = (InOrder(policies), InOrder(operatorPolicies));

    /// <summary>No policies.</summary>
    public static PolicySet Empty { get; } = new([], []);

    /// <summary>The policies, the highest priority first.</summary>
    public IReadOnlyList<Policy> Policies => _policies;

    /// <summary>The operator policies, the highest priority first.</summary>
    public IReadOnlyList<Policy> OperatorPolicies => _operators;

    internal EffectivePolicy For(ShortString queue, QueueType type, Profile profile)
    {
        if (_policies.Length + _operators.Length == 0)
            return EffectivePolicy.None;
        var policy = FindFor(_policies, queue, type, profile);
        var operatorPolicy = FindFor(_operators, queue, type, profile);
        return policy is null && operatorPolicy is null ? EffectivePolicy.None : EffectivePolicy.Of(policy, operatorPolicy, profile);
    }

    internal EffectivePolicy ForExchange(ShortString name, Profile profile)
    {
        foreach (var policy in _policies)
        {
            if (policy.IsForExchange(name))
                return EffectivePolicy.Of(policy, null, profile);
        }
        return EffectivePolicy.None;
    }

    private static Policy? FindFor(Policy[] policies, ShortString queue, QueueType type, Profile profile)
    {
        foreach (var policy in policies)
        {
            if (policy.IsFor(queue, type, profile))
                return policy;
        }
        return null;
    }

    private static Policy[] InOrder(IEnumerable<Policy> policies) =>
        [.. policies.OrderByDescending(static policy => policy.Priority).ThenBy(static policy => policy.Name, StringComparer.Ordinal)];
}
