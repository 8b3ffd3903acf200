using System.CommandLine;

namespace Warren.Cli.Options;

/// <summary><c>--uri</c>, the same on every verb that connects.</summary>
internal static class UriOption
{
    public const string Variable = "WARREN_URI";

    private const string Fallback = "amqp://guest:guest@localhost:5672/";

    public static Option<string> Create() => new("--uri")
    {
        Description = $"The broker, amqp[s]://user:password@host:port/vhost [default: ${Variable}, or {Fallback}]",
        HelpName = "URI",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } uri ? uri : Fallback,
    };
}
