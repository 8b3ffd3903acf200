using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Warren;

/// <summary>What one connection of the application serves; filled while services are registered.</summary>
internal sealed class ServedContracts
{
    public List<ServedContract> All { get; } = [];
}

/// <summary>The servers of one connection that have started. One per container, of which tests may build several from one registration.</summary>
internal sealed class RunningServers(ServedContracts served)
{
    private readonly ConcurrentDictionary<ServedContract, RpcServer> _running = [];

    public ICollection<RpcServer> All => _running.Values;

    /// <summary>The addresses that are not served yet.</summary>
    public IEnumerable<string> Missing => served.All.Where(contract => !_running.ContainsKey(contract)).Select(contract => contract.Address);

    public void Started(ServedContract contract, RpcServer server) => _running[contract] = server;
}

/// <summary>A contract and what serves it.</summary>
internal abstract class ServedContract(string address, Func<ServeOptions, ServeOptions>? configure)
{
    public string Address => address;

    public Func<ServeOptions, ServeOptions>? Configure => configure;

    public abstract Task<RpcServer> ServeAsync(Bus bus, IServiceProvider services, ServeOptions options, CancellationToken cancellationToken);
}

/// <summary>A contract served by a service of the container: one object for all requests if it is a singleton there, otherwise one with a scope per request.</summary>
internal sealed class ServedContract<TContract, TService>(RpcContract<TContract> contract, IServiceCollection registered, Func<ServeOptions, ServeOptions>? configure)
    : ServedContract(contract.Name, configure)
    where TContract : class
    where TService : class, TContract
{
    // The last registration is the one that counts, and it may come after ours.
    private bool IsSingleton =>
        registered.Last(service => !service.IsKeyedService && service.ServiceType == typeof(TService)).Lifetime == ServiceLifetime.Singleton;

    public override Task<RpcServer> ServeAsync(Bus bus, IServiceProvider services, ServeOptions options, CancellationToken cancellationToken)
    {
        RequestHandler handler = IsSingleton
            ? new ContractHandler<TContract>(contract, services.GetRequiredService<TService>())
            : new ScopedContractHandler<TContract, TService>(contract, services.GetRequiredService<IServiceScopeFactory>());
        return bus.ServeAsync(ContractTopology.QueuesOf(contract, options.DeliveryLimit), handler, options, cancellationToken);
    }
}
