using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Warren;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Warren in an application with a host: a worker service or ASP.NET.</summary>
public static class WarrenServices
{
    /// <summary>
    /// Connects the application to a broker: <c>builder.Services.AddWarren("amqp://...").Serve&lt;ICalculator, Calculator&gt;().Client&lt;ICalculator&gt;()</c>. A
    /// <see cref="Bus"/> becomes injectable. It connects when the host starts (or when it is first injected), servers start when the application has started,
    /// a stop lets their requests finish within the host's shutdown timeout, and the bus closes last, with the container.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="uri">The broker.</param>
    public static WarrenBuilder AddWarren(this IServiceCollection services, string uri) => services.AddWarren(Options.Options.DefaultName, uri);

    /// <summary>Connects the application to the broker that a configuration section names; see <see cref="WarrenOptions"/> for its keys.</summary>
    /// <inheritdoc cref="AddWarren(IServiceCollection, string)"/>
    public static WarrenBuilder AddWarren(this IServiceCollection services, IConfiguration section) => services.AddWarren(Options.Options.DefaultName, section);

    /// <summary>Connects the application to a broker, with options set by code.</summary>
    /// <inheritdoc cref="AddWarren(IServiceCollection, string)"/>
    public static WarrenBuilder AddWarren(this IServiceCollection services, Action<WarrenOptions> configure) => services.AddWarren(Options.Options.DefaultName, configure);

    /// <summary>
    /// One connection of several. Its <see cref="Bus"/> has the name as its key: <c>[FromKeyedServices("orders")] Bus bus</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The connection's name; empty for the one without.</param>
    /// <param name="uri">The broker.</param>
    public static WarrenBuilder AddWarren(this IServiceCollection services, string name, string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return services.AddWarren(name, options => options.Uri = uri);
    }

    /// <inheritdoc cref="AddWarren(IServiceCollection, string, string)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The connection's name; empty for the one without.</param>
    /// <param name="section">See <see cref="WarrenOptions"/> for its keys.</param>
    public static WarrenBuilder AddWarren(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddWarren(name, options => WarrenConfiguration.Bind(section, name, options));
    }

    /// <inheritdoc cref="AddWarren(IServiceCollection, string, string)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The connection's name; empty for the one without.</param>
    /// <param name="configure">Sets the options; after those of an earlier call for the same connection.</param>
    public static WarrenBuilder AddWarren(this IServiceCollection services, string name, Action<WarrenOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<WarrenOptions>(name).Configure(configure).ValidateOnStart();
        return new WarrenBuilder(services, name, services.FindServed(name) ?? AddConnection(services, name));
    }

    internal static Bus BusOf(this IServiceProvider services, string name) =>
        name.Length == 0 ? services.GetRequiredService<Bus>() : services.GetRequiredKeyedService<Bus>(name);

    internal static ILoggerFactory LoggerFactory(this IServiceProvider services) => services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    internal static WarrenOptions OptionsOf(this IServiceProvider services, string name) => services.GetRequiredService<IOptionsMonitor<WarrenOptions>>().Get(name);

    // A second call for the same connection goes on with the first one's.
    private static ServedContracts? FindServed(this IServiceCollection services, string name) =>
        services.FirstOrDefault(service => service.IsKeyedService && service.ServiceType == typeof(ServedContracts) && name.Equals(service.ServiceKey))?.KeyedImplementationInstance
            as ServedContracts;

    private static ServedContracts AddConnection(IServiceCollection services, string name)
    {
        var served = new ServedContracts();
        services.AddKeyedSingleton(name, served);
        services.AddKeyedSingleton(name, (_, _) => new RunningServers(served));
        services.AddSingleton<IValidateOptions<WarrenOptions>>(new WarrenOptionsCheck(name, served));
        if (name.Length == 0)
            services.AddSingleton(provider => Open(provider, name));
        else
            services.AddKeyedSingleton(name, (provider, _) => Open(provider, name));
        services.AddSingleton<IHostedService>(provider => new WarrenHost(name, provider, served));
        return served;
    }

    private static Bus Open(IServiceProvider services, string name)
    {
        var options = services.OptionsOf(name);
        options.ConnectionName ??= services.GetService<IHostEnvironment>()?.ApplicationName;
        return Bus.Open(options.ToConnection() with { LoggerFactory = services.LoggerFactory() }, options.Bus);
    }
}
