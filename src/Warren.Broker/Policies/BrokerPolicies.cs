using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// The policies and operator policies of a running broker (https://www.rabbitmq.com/docs/policies). May be used from any thread; what is changed holds when
/// the call returns, for queues and exchanges that are there too.
/// </summary>
public sealed class BrokerPolicies
{
    private readonly BrokerTurn _turn;
    private readonly Profile _profile;

    internal BrokerPolicies(BrokerTurn turn, Profile profile) => (_turn, _profile) = (turn, profile);

    /// <summary>The policies of a virtual host, in the order of their names.</summary>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public IReadOnlyList<Policy> List(string virtualHost) => All(virtualHost, ofOperators: false);

    /// <summary>The operator policies of a virtual host, in the order of their names.</summary>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public IReadOnlyList<Policy> ListOperator(string virtualHost) => All(virtualHost, ofOperators: true);

    /// <summary>Sets a policy, in the place of the one that has its name.</summary>
    /// <exception cref="FormatException">The definition is not one: the message says why in RabbitMQ's words.</exception>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public void Set(string virtualHost, Policy policy) => Put(virtualHost, policy, ofOperators: false);

    /// <summary>Sets an operator policy: it stands beside the policy that holds, and of two numbers the smaller one counts.</summary>
    /// <exception cref="FormatException">The definition is not one: the message says why in RabbitMQ's words.</exception>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public void SetOperator(string virtualHost, Policy policy) => Put(virtualHost, policy, ofOperators: true);

    /// <summary>Ends a policy.</summary>
    /// <returns>False when there was none of this name.</returns>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public bool Clear(string virtualHost, string name) => Remove(virtualHost, name, ofOperators: false);

    /// <summary>Ends an operator policy.</summary>
    /// <returns>False when there was none of this name.</returns>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public bool ClearOperator(string virtualHost, string name) => Remove(virtualHost, name, ofOperators: true);

    /// <summary>
    /// What policy and operator policy come to for one queue, as RabbitMQ's <c>effective_policy_definition</c>, without the queue's own arguments; null when
    /// there is no such queue.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public FieldTable? EffectiveFor(string virtualHost, string queue) => _turn.Do(() => _turn.VirtualHosts.Require(virtualHost).EffectivePolicyOf(queue));

    private IReadOnlyList<Policy> All(string virtualHost, bool ofOperators) =>
        _turn.Do(() => _turn.VirtualHosts.Require(virtualHost).Policies.All(ofOperators));

    private void Put(string virtualHost, Policy policy, bool ofOperators)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Fault(_profile, ofOperators) is { } fault)
            throw new FormatException(fault);
        _turn.Change(() =>
        {
            var host = _turn.VirtualHosts.Require(virtualHost);
            host.Policies.Put(policy, ofOperators);
            host.ApplyPolicies(_turn.Now);
        });
    }

    private bool Remove(string virtualHost, string name, bool ofOperators) => _turn.Change(() =>
    {
        var host = _turn.VirtualHosts.Require(virtualHost);
        var isThere = host.Policies.Remove(name, ofOperators);
        if (isThere)
            host.ApplyPolicies(_turn.Now);
        return isThere;
    });
}
