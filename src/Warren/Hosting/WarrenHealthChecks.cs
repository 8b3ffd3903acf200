using Microsoft.Extensions.Diagnostics.HealthChecks;
using Warren;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Warren in an application's health checks.</summary>
public static class WarrenHealthChecks
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds a check that makes a call through the broker to the application itself, and sees whether what it serves has started:
    /// <c>services.AddHealthChecks().AddWarren()</c>.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="connection">The name of the connection; the one without a name by default.</param>
    /// <param name="name">The name of the check; <c>warren</c>, or <c>warren-</c> and the connection's name.</param>
    /// <param name="failureStatus">What a failure means; unhealthy by default.</param>
    /// <param name="tags">For filtering checks.</param>
    /// <param name="within">How long the call may take, default 5 s.</param>
    public static IHealthChecksBuilder AddWarren(
        this IHealthChecksBuilder builder, string connection = "", string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        if (within is { } time)
            BusOptions.CheckTimeout(time);
        name ??= connection.Length == 0 ? "warren" : $"warren-{connection}";
        return builder.Add(new HealthCheckRegistration(
            name, services => new WarrenHealthCheck(services.BusOf(connection), services.GetRequiredKeyedService<RunningServers>(connection), within ?? Within), failureStatus, tags));
    }
}
