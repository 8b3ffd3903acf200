using System.CommandLine;
using Warren.Cli.Running;

namespace Warren.Cli.Options;

/// <summary>A message's body: text, or <c>-</c> for what stands on standard input.</summary>
internal static class BodyArgument
{
    public static Argument<string> Create() => new("BODY") { Description = "The body as text; - reads it from standard input" };

    public static async Task<Payload> ReadAsync(string body, Terminal terminal, CancellationToken cancellationToken) =>
        body == "-" ? await terminal.ReadInputAsync(cancellationToken) : body;
}
