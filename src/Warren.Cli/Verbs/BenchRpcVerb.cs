using System.CommandLine;
using Warren.Cli.Measure;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren bench rpc</c>: calls on one connection to an echo server on another.</summary>
internal static class BenchRpcVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new BenchOptions(1, "Calls under way at once, on one connection");
        options.NoServer.Description = "Start no echo server: the one of --queue answers";
        options.Queue.Description = "The server's queue [default: one of its own, deleted at the end]";
        var verb = new Verb("rpc", "Measures calls: the client in one connection, its own echo server in a second one.")
        {
            Examples =
            [
                "warren bench rpc",
                "warren bench rpc --in-flight 64 --size 100",
                "warren bench rpc --uri amqp://guest:guest@localhost:5672/ --seconds 10 --json",
                "warren serve echo --echo --prefetch 1000 & warren bench rpc --no-server --queue echo --in-flight 256",
            ],
        };
        options.AddTo(verb);
        verb.SetAction((line, stopping) =>
        {
            var load = new CallLoad(
                Connecting.Options(options.Uri.Of(line), "bench rpc"),
                line.GetValue(options.Queue),
                line.GetValue(options.InFlight),
                line.GetValue(options.Size),
                Serve: !line.GetValue(options.NoServer));
            return RunAsync(terminal, load, new Meter(options.WarmUp.Of(line), options.Seconds.Of(line)), line.GetValue(options.Json), stopping);
        });
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, CallLoad load, Meter meter, bool json, CancellationToken stopping)
    {
        if (!load.Serve && load.Queue is null)
            throw new ToolException(ExitCode.Usage, "--no-server needs --queue: name the queue of the server that answers.");
        Measurement measurement;
        await using (var running = await load.StartAsync(meter, stopping))
            measurement = await BenchProgress.ShowAsync(terminal, "calls", meter, meter.RunAsync(running.CallAsync, stopping));
        BenchReport.Write(
            terminal,
            new BenchFigures(
                "rpc",
                load.InFlight,
                load.SizeOctets,
                measurement.Seconds,
                measurement.Count,
                measurement.PerSecond,
                measurement.QuantileMicroseconds(0.5),
                measurement.QuantileMicroseconds(0.99),
                measurement.AllocatedOctetsEach,
                "request to reply",
                load.Serve ? "client and server" : "client"),
            json);
        return ExitCode.Ok;
    }
}
