using System.CommandLine;
using Warren.Broker;
using Warren.Cli.Demo;
using Warren.Cli.Options;
using Warren.Cli.Running;
using Warren.Client;

namespace Warren.Cli.Verbs;

/// <summary><c>warren demo</c>: everything at once, in one process, over real sockets, in a second or two.</summary>
internal static class DemoVerb
{
    public static Command Create(Terminal terminal)
    {
        var uri = new Option<string?>("--uri")
        {
            Description = "Play it on this broker instead [default: a broker of its own, on a free port]",
            HelpName = "URI",
        };
        var verb = new Verb("demo", "Starts a broker, a server and a client, makes calls, plays the six patterns, and ends by itself.")
        {
            Examples =
            [
                "warren demo",
                "warren demo --uri amqp://guest:guest@localhost:5672/     # the same on RabbitMQ",
            ],
        };
        verb.Options.Add(uri);
        verb.SetAction((line, stopping) => RunAsync(terminal, line.GetValue(uri), stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string? uri, CancellationToken stopping)
    {
        var stage = new Stage(terminal.Console(terminal.Out));
        stage.Title("Warren: a broker, a server and a client, over real sockets");
        await using var broker = uri is null ? await WarrenBroker.StartAsync(cancellationToken: stopping) : null;
        var connection = broker is null
            ? Connecting.Options(uri!, "demo")
            : Connecting.Options(broker.Uri.ToString(), "demo");
        stage.Line("broker", broker is null ? $"not ours: {connection}" : $"listens on amqp://{broker.EndPoint}/");
        var names = new Names(isOwnBroker: broker is not null);
        try
        {
            await PlayAsync(stage, connection, names, stopping);
        }
        finally
        {
            if (broker is null)
                await Leftovers.DeleteAsync(connection, names.Queues, names.Exchanges);
        }
        stage.End();
        return ExitCode.Ok;
    }

    private static async Task PlayAsync(Stage stage, ConnectionOptions connection, Names names, CancellationToken stopping)
    {
        await using var serverBus = await Bus.ConnectAsync(connection with { ConnectionName = "demo server" }, cancellationToken: stopping);
        await using var server = await serverBus.ServeAsync(names.Queue("rpc_queue"), (int n) => Fibonacci.Of(n), cancellationToken: stopping);
        stage.Line("server", $"connected, serves fib on queue {server.Queue}");
        await using var client = await Bus.ConnectAsync(connection with { ConnectionName = "demo client" }, cancellationToken: stopping);
        stage.Line("client", "connected");

        await Calls.PlayAsync(stage, client, server.Queue, stopping);
        await SixPatterns.PlayAsync(stage, serverBus, client, names, server.Queue, stopping);
    }
}
