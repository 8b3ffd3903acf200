using System.CommandLine;
using Warren.Cli.Measure;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren bench publish</c>: one publisher, one queue, one consumer, over the plain AMQP client.</summary>
internal static class BenchPublishVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new BenchOptions(1024, "Most messages published and not yet consumed (with --confirm: not yet confirmed)");
        options.NoServer.Description = "Start no consumer: messages stay in the queue, which must be named by --queue and exist";
        options.Queue.Description = "The queue [default: one of its own, deleted at the end]";
        var persistent = new Option<bool>("--persistent") { Description = "Persistent messages to a durable queue" };
        var confirm = new Option<bool>("--confirm") { Description = "Await the broker's confirm of every message; the latency is then from publish to confirm" };
        var verb = new Verb("publish", "Publishes to a queue as fast as the broker takes and a consumer in a second connection reads.")
        {
            Examples =
            [
                "warren bench publish",
                "warren bench publish --size 1024 --seconds 10",
                "warren bench publish --persistent --confirm --in-flight 256",
                "warren bench publish --json > figures.json",
            ],
        };
        options.AddTo(verb);
        verb.Options.Add(persistent);
        verb.Options.Add(confirm);
        verb.SetAction((line, stopping) =>
        {
            var load = new PublishLoad(
                Connecting.Options(options.Uri.Of(line), "bench publish"),
                line.GetValue(options.Queue),
                line.GetValue(options.InFlight),
                line.GetValue(options.Size),
                Persistent: line.GetValue(persistent),
                Confirm: line.GetValue(confirm),
                Consume: !line.GetValue(options.NoServer));
            return RunAsync(terminal, load, new Meter(options.WarmUp.Of(line), options.Seconds.Of(line)), line.GetValue(options.Json), stopping);
        });
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, PublishLoad load, Meter meter, bool json, CancellationToken stopping)
    {
        if (!load.Consume && load.Queue is null)
            throw new ToolException(ExitCode.Usage, "--no-server needs --queue: name the queue that takes the messages.");
        await using var running = await load.StartAsync(meter, stopping);
        var measurement = await BenchProgress.ShowAsync(terminal, "messages", meter, meter.RunAsync(running.PublishAsync, stopping));
        await running.DisposeAsync();
        BenchReport.Write(
            terminal,
            new BenchFigures(
                "publish",
                load.InFlight,
                load.SizeOctets,
                measurement.Seconds,
                measurement.Count,
                measurement.PerSecond,
                measurement.QuantileMicroseconds(0.5),
                measurement.QuantileMicroseconds(0.99),
                measurement.AllocatedOctetsEach,
                load.Confirm ? "publish to confirm" : load.Consume ? "publish to consume" : "nothing",
                load.Consume ? "publisher and consumer" : "publisher"),
            json);
        return ExitCode.Ok;
    }
}
