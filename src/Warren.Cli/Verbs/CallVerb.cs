using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren call QUEUE BODY</c>: one call; the reply on standard output, or one line and an exit code that say why not.</summary>
internal static class CallVerb
{
    public static Command Create(Terminal terminal)
    {
        var queue = new Argument<string>("QUEUE") { Description = "The server's queue" };
        var body = BodyArgument.Create();
        var uri = new UriOption();
        var timeout = new DurationOption("--timeout", "The deadline of the whole call, connecting included", TimeSpan.FromSeconds(10));
        var wait = new Option<bool>("--wait") { Description = "Wait for a server, if none is there, until the deadline" };
        var verb = new Verb("call", "Calls the server of a queue and prints its reply.")
        {
            Examples =
            [
                "warren call rpc_queue 30",
                "warren call rpc_queue 30 --timeout 500ms",
                "warren call upper - < letter.txt",
                "warren call rpc_queue 30 || echo \"failed with $?\"      # 3 no server, 4 deadline, 5 invalid, 6 fault",
            ],
        };
        verb.Arguments.Add(queue);
        verb.Arguments.Add(body);
        verb.Options.Add(uri);
        verb.Options.Add(timeout);
        verb.Options.Add(wait);
        verb.SetAction((line, stopping) => RunAsync(
            terminal, uri.Of(line), line.GetValue(queue)!, line.GetValue(body)!, new CallOptions { Timeout = timeout.Of(line), WaitForServer = line.GetValue(wait) }, stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, string queue, string body, CallOptions options, CancellationToken stopping)
    {
        var request = await BodyArgument.ReadAsync(body, terminal, stopping);
        var timeout = options.Timeout!.Value;
        var start = Stopwatch.GetTimestamp();
        var connection = Connecting.Options(uri, "call");
        connection = connection with { ConnectTimeout = timeout < connection.ConnectTimeout ? timeout : connection.ConnectTimeout };
        await using var bus = await Bus.ConnectAsync(connection, cancellationToken: stopping);
        var left = timeout - Stopwatch.GetElapsedTime(start);
        if (left <= TimeSpan.Zero)
            throw new ToolException(ExitCode.Deadline, $"Connecting took longer than the deadline of {timeout.TotalSeconds:0.###} s. Not executed, safe to retry. Allow more with --timeout.");
        var reply = await bus.CallAsync<ReadOnlyMemory<byte>>(queue, request, options with { Timeout = left }, stopping);
        terminal.WriteForeign(Encoding.UTF8.GetString(reply.Span));
        return ExitCode.Ok;
    }
}
