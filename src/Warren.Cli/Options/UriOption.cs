using System.CommandLine;

namespace Warren.Cli.Options;

/// <summary><c>--uri</c>, the same on every verb that connects.</summary>
internal sealed class UriOption : Option<string?>
{
    public const string Variable = "WARREN_URI";

    private const string Fallback = "amqp://guest:guest@localhost:5672/";

    public UriOption()
        : base("--uri")
    {
        Description = $"The broker, amqp[s]://user:password@host:port/vhost [default: ${Variable}, or {Fallback}]";
        HelpName = "URI";
    }

    public string Of(ParseResult line) =>
        line.GetValue(this) ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } uri ? uri : Fallback);
}
