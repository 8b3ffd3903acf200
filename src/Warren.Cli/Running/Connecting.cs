using Warren.Client;

namespace Warren.Cli.Running;

/// <summary>Connections that carry the verb's name.</summary>
internal static class Connecting
{
    public static ConnectionOptions Options(string uri, string verb) => ConnectionOptions.Parse(uri) with { ConnectionName = $"warren {verb}" };

    public static Task<Bus> ToBusAsync(string uri, string verb, CancellationToken cancellationToken) =>
        Bus.ConnectAsync(Options(uri, verb), cancellationToken: cancellationToken);

    /// <summary>For verbs that go on for long: what happens to the connection later is told on standard error.</summary>
    public static async Task<Bus> ToLastingBusAsync(string uri, string verb, Terminal terminal, CancellationToken cancellationToken)
    {
        var log = new WarningLog(terminal.Error);
        var bus = await Bus.ConnectAsync(Options(uri, verb) with { LoggerFactory = log }, cancellationToken: cancellationToken);
        log.Open(); // Until here a failure is the verb's own, and told once.
        return bus;
    }
}
