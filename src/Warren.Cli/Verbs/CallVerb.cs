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
        var address = new Argument<string>("QUEUE") { Description = "The server's queue; or a contract's method, such as ICalculator/Fib or rpc.calculator/Fib" };
        var body = BodyArgument.Create();
        var uri = new UriOption();
        var timeout = new DurationOption("--timeout", "The deadline of the whole call, connecting included", TimeSpan.FromSeconds(10));
        var wait = new Option<bool>("--wait") { Description = "Wait for a server, if none is there, until the deadline" };
        var safe = new Option<bool>("--safe") { Description = "Safe mode: stored, confirmed, and sent again until the deadline" };
        var stream = new Option<bool>("--stream") { Description = "Only if the contract's method streams. (One that does prints its items one per line, asked for or not)" };
        var verb = new Verb("call", "Calls the server of a queue, or a method of a contract with its arguments as JSON, and prints the reply.")
        {
            Examples =
            [
                "warren call rpc_queue 30",
                "warren call rpc_queue 30 --timeout 500ms",
                "warren call upper - < letter.txt",
                "warren call ICalculator/Fib '{\"n\":30}'                    # or rpc.calculator/Fib",
                "warren call ICalculator/Series '{\"count\":3}'                # a stream: its items, one per line",
                "warren call rpc_queue 30 || echo \"failed with $?\"      # 3 no server, 4 deadline, 5 invalid, 6 fault",
            ],
        };
        verb.Arguments.Add(address);
        verb.Arguments.Add(body);
        foreach (var option in (Option[])[uri, timeout, wait, safe, stream])
            verb.Options.Add(option);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(address) is not { Tokens.Count: > 0 } given)
                return;
            var isContract = ContractMethod.TryParse(given.Tokens[0].Value, out var method);
            if (isContract && (method.Service.Length == 0 || method.Method.Length == 0))
                result.AddError($"'{given.Tokens[0].Value}' names no method of a contract; write it as ICalculator/Fib");
            if (!isContract && result.GetValue(stream))
                result.AddError("--stream needs a method of a contract, such as ICalculator/Series");
            if (result.GetValue(stream) && result.GetValue(safe))
                result.AddError("--stream and --safe exclude each other: a stream cannot be repeated");
        });
        verb.SetAction((line, stopping) =>
        {
            var options = new CallOptions { Timeout = timeout.Of(line), WaitForServer = line.GetValue(wait), Mode = line.GetValue(safe) ? CallMode.Safe : CallMode.Fast };
            return RunAsync(terminal, uri.Of(line), line.GetValue(address)!, line.GetValue(body)!, options, line.GetValue(stream), stopping);
        });
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, string address, string body, CallOptions options, bool isStream, CancellationToken stopping)
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
        options = options with { Timeout = left };
        await foreach (var reply in CallAsync(bus, address, request, options, isStream, stopping).WithCancellation(stopping))
        {
            terminal.WriteForeign(Encoding.UTF8.GetString(reply.Span));
            await terminal.Out.FlushAsync(stopping);
        }
        return ExitCode.Ok;
    }

    private static IAsyncEnumerable<ReadOnlyMemory<byte>> CallAsync(Bus bus, string address, Payload request, CallOptions options, bool isStream, CancellationToken stopping)
    {
        if (!ContractMethod.TryParse(address, out var contract))
            return OneAsync(bus.CallAsync<ReadOnlyMemory<byte>>(address, request, options, stopping));
        var arguments = request.ToOctets();
        if (options.Mode == CallMode.Safe) // A stream cannot be repeated: the server says so.
            return OneAsync(bus.CallAsync(contract.Service, contract.Method, arguments, options, stopping));
        return isStream
            ? bus.StreamAsync(contract.Service, contract.Method, arguments, options, stopping)
            : bus.CallAnyAsync(contract.Service, contract.Method, arguments, options, stopping);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> OneAsync(Task<ReadOnlyMemory<byte>> call)
    {
        yield return await call;
    }
}
