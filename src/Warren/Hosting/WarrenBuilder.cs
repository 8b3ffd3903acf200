using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Warren;

/// <summary>What one connection of an application serves and calls. Made by <c>AddWarren</c>.</summary>
public sealed class WarrenBuilder
{
    private readonly ServedContracts _served;

    internal WarrenBuilder(IServiceCollection services, string name, ServedContracts served)
    {
        Services = services;
        Name = name;
        _served = served;
    }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The connection's name, the key of its <see cref="Bus"/>; empty for the one without a name.</summary>
    public string Name { get; }

    /// <summary>
    /// Serves a contract from when the application has started until it stops. The service comes from the container: registered as a singleton, one object
    /// serves all requests; registered as scoped or transient, each request has a scope of its own; not registered, it becomes scoped.
    /// </summary>
    /// <typeparam name="TContract">An interface with <see cref="RpcContractAttribute"/>.</typeparam>
    /// <typeparam name="TService">What its methods do.</typeparam>
    /// <param name="configure">How requests are taken: <c>serve =&gt; serve with { Prefetch = 1 }</c>.</param>
    /// <exception cref="InvalidOperationException">The generator did not run for the contract.</exception>
    public WarrenBuilder Serve<TContract, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(Func<ServeOptions, ServeOptions>? configure = null)
        where TContract : class
        where TService : class, TContract
    {
        Services.TryAddScoped<TService>();
        _served.All.Add(new ServedContract<TContract, TService>(RpcContract<TContract>.Get(), Services, configure));
        return this;
    }

    /// <summary>
    /// Makes a contract injectable: its methods are calls by this connection. Of a named connection the client has the connection's name as its key, and
    /// is injectable without a key too, unless another connection's is already; the connection without a name comes first.
    /// </summary>
    /// <typeparam name="TContract">An interface with <see cref="RpcContractAttribute"/>.</typeparam>
    /// <param name="configure">How calls are made: <c>call =&gt; call with { Mode = CallMode.Safe }</c>.</param>
    /// <exception cref="InvalidOperationException">The generator did not run for the contract.</exception>
    public WarrenBuilder Client<TContract>(Func<CallOptions, CallOptions>? configure = null)
        where TContract : class
    {
        RpcContract<TContract>.Get();
        var options = configure?.Invoke(new CallOptions()) ?? new CallOptions();
        if (Name.Length == 0)
        {
            Services.AddSingleton(services => services.BusOf("").Client<TContract>(options));
            return this;
        }
        Services.AddKeyedSingleton(Name, (services, _) => services.BusOf(Name).Client<TContract>(options));
        Services.TryAddSingleton(services => services.GetRequiredKeyedService<TContract>(Name));
        return this;
    }
}
