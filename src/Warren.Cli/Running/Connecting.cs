using Warren.Client;

namespace Warren.Cli.Running;

/// <summary>A bus for a verb: the connection has the verb's name, and its warnings go to standard error.</summary>
internal static class Connecting
{
    public static Task<Bus> ToBusAsync(string uri, string verb, Terminal terminal, CancellationToken cancellationToken) =>
        Bus.ConnectAsync(Options(uri, verb, terminal), cancellationToken: cancellationToken);

    public static ConnectionOptions Options(string uri, string verb, Terminal terminal) =>
        ConnectionOptions.Parse(uri) with { ConnectionName = $"warren {verb}", LoggerFactory = new WarningLog(terminal.Error) };
}
