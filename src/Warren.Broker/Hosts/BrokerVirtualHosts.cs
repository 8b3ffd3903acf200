using System.Text;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// The virtual hosts of a running broker (https://www.rabbitmq.com/docs/vhosts). May be used from any thread; what is changed holds when the call returns.
/// </summary>
public sealed class BrokerVirtualHosts
{
    private readonly BrokerTurn _turn;

    internal BrokerVirtualHosts(BrokerTurn turn) => _turn = turn;

    /// <summary>All names, in order.</summary>
    public IReadOnlyList<string> Names => _turn.Do<IReadOnlyList<string>>(() => [.. _turn.VirtualHosts.Names]);

    /// <summary>True when there is one of this name.</summary>
    public bool Exists(string name) => _turn.Do(() => _turn.VirtualHosts.Find(name) is not null);

    /// <summary>Makes a virtual host with the predeclared exchanges. Nobody may open it until somebody is given a permission in it.</summary>
    /// <param name="name">The name, of 1 to 255 octets.</param>
    /// <returns>False when there is one of this name.</returns>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public bool Create(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Encoding.UTF8.GetByteCount(name) > UserAccount.MaxNameOctets)
            throw new ArgumentException($"A virtual host's name has at most {UserAccount.MaxNameOctets} octets.", nameof(name));
        return _turn.Change(() => _turn.VirtualHosts.Create(name));
    }

    /// <summary>
    /// Ends a virtual host: its connections are closed with 320 <c>CONNECTION_FORCED - vhost 'NAME' is deleted</c>, and everything in it is gone, the
    /// permissions too.
    /// </summary>
    /// <returns>False when there is none of this name.</returns>
    public bool Delete(string name) => _turn.Change(() =>
    {
        _turn.Users.ForgetVirtualHost(name);
        return _turn.VirtualHosts.Delete(name, _turn.Now);
    });

    /// <summary>How much there may be in a virtual host; null when there is none of this name.</summary>
    public VirtualHostLimits? LimitsOf(string name) => _turn.Do(() => _turn.VirtualHosts.Find(name)?.Limits);

    /// <summary>Sets how much there may be in a virtual host from now on; connections and queues that are there already stay.</summary>
    /// <exception cref="KeyNotFoundException">There is no virtual host of this name.</exception>
    public void SetLimits(string name, VirtualHostLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _turn.Change(() =>
        {
            var host = _turn.VirtualHosts.Require(name);
            host.Limits = limits;
            host.Step(Command.LimitsChanged(limits.MaxQueues), _turn.Now);
            return true;
        });
    }
}
