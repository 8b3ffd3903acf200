using System.CommandLine;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren serve QUEUE</c>: answers calls until it is stopped, with a built-in function or with a command of the user's.</summary>
internal static class ServeVerb
{
    public static Command Create(Terminal terminal)
    {
        var queue = new Argument<string>("QUEUE") { Description = "The queue to serve; declared if it does not exist" };
        var fib = new Option<bool>("--fib") { Description = "Answer a number from 0 to 92 with its Fibonacci number" };
        var echo = new Option<bool>("--echo") { Description = "Answer every request with its own body" };
        var exec = new Option<string?>("--exec")
        {
            Description = "Run a command per request: the body on its standard input, the reply from its standard output. Exit code 0 is success; otherwise the last line of standard error goes to the caller as a fault",
            HelpName = "COMMAND",
        };
        var defaults = new ServeOptions();
        var prefetch = NumberOption.Create("--prefetch", "Requests taken before the first is answered; 1 is fair dispatch between servers", defaults.Prefetch, 1, ushort.MaxValue);
        var concurrency = new Option<int?>("--concurrency") { Description = "Requests worked on at once [default: as many as --prefetch]", HelpName = "N" };
        concurrency.Validators.Add(result =>
        {
            if (result.GetValue(concurrency) < 1)
                result.AddError("--concurrency must be at least 1");
        });
        var uri = new UriOption();
        var verb = new Verb("serve", "Serves a queue until Ctrl+C or SIGTERM: answers every call that comes to it. A stop lets running requests finish.")
        {
            Examples =
            [
                "warren serve rpc_queue --fib",
                "warren serve echo --echo --prefetch 64",
                "warren serve upper --exec \"tr a-z A-Z\" --concurrency 4",
            ],
        };
        verb.Arguments.Add(queue);
        foreach (var option in (Option[])[fib, echo, exec, concurrency, prefetch, uri])
            verb.Options.Add(option);
        verb.Validators.Add(result =>
        {
            var ways = (result.GetValue(fib) ? 1 : 0) + (result.GetValue(echo) ? 1 : 0) + (result.GetResult(exec) is null ? 0 : 1);
            if (ways != 1)
                result.AddError("Say what to serve: one of --fib, --echo or --exec COMMAND");
        });
        verb.SetAction((line, stopping) =>
        {
            var (what, handler) = line.GetValue(exec) is { } command ? ($"'{command}'", ShellCommand.Handler(command))
                : line.GetValue(fib) ? ("fib", Fibonacci.HandleAsync)
                : ((string, Func<Request, CancellationToken, Task<Payload>>))("echo", EchoAsync);
            var options = new ServeOptions { Prefetch = line.GetValue(prefetch), Concurrency = line.GetValue(concurrency) };
            return RunAsync(terminal, uri.Of(line), line.GetValue(queue)!, what, handler, options, stopping);
        });
        return verb;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, string uri, string queue, string what, Func<Request, CancellationToken, Task<Payload>> handler, ServeOptions options, CancellationToken stopping)
    {
        await using var bus = await Connecting.ToLastingBusAsync(uri, "serve", terminal, stopping);
        await using var server = await Declared.OrAsItIsAsync(queue, declared => bus.ServeAsync(declared, handler, options, stopping));
        await terminal.Out.WriteLineAsync($"Serving {what} on queue {queue}. Ctrl+C stops.");
        await terminal.Out.FlushAsync(CancellationToken.None);
        await Stopping.UntilAsync(stopping);
        return ExitCode.Ok; // Being stopped is how a server ends.
    }

    private static Task<Payload> EchoAsync(Request request, CancellationToken cancellationToken) => Task.FromResult<Payload>(request.Body);
}
