using System.Text.Json;
using Warren.Amqp;
using Warren.Cli;
using Warren.Cli.Running;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>The tool's verbs for contracts, against both brokers: what runs, calls by name, and requests that were given up.</summary>
public class RpcVerbTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly CallOptions Long = new() { Timeout = TimeSpan.FromMinutes(5) };

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_method_is_called_by_its_name(BrokerKind broker)
    {
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());

        Assert.Equal((ExitCode.Ok, "832040\n", ""), await RunAsync(broker, "call", "ICalculator/Fib", """{"n":30}"""));
        Assert.Equal((ExitCode.Ok, "832040\n", ""), await RunAsync(broker, "call", "rpc.calculator/Fib", """{"n":30}""", "--safe"));
        Assert.Equal((ExitCode.Ok, "{\"x\":3,\"y\":5}\n", ""), await RunAsync(broker, "call", "ICalculator/Move", """{"from":{"x":1,"y":2},"dx":2,"dy":3}"""));
        Assert.Equal((ExitCode.Ok, "0\n1\n2\n", ""), await RunAsync(broker, "call", "ICalculator/Series", """{"count":3}"""));
        Assert.Equal((ExitCode.Ok, "0\n1\n2\n", ""), await RunAsync(broker, "call", "ICalculator/Series", """{"count":3}""", "--stream"));
        await FailsAsync(broker, ExitCode.Fault, "Internal: the reply is not a stream", "call", "ICalculator/Fib", """{"n":30}""", "--stream");
        await FailsAsync(broker, ExitCode.Fault, "Unimplemented: a stream cannot be repeated", "call", "ICalculator/Series", """{"count":3}""", "--safe");
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_that_fails_is_told_in_one_line_with_the_code_of_its_kind(BrokerKind broker)
    {
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());

        await FailsAsync(broker, ExitCode.InvalidArgument, "InvalidArgument: ", "call", "ICalculator/Fib", """{"n":99}""");
        await FailsAsync(broker, ExitCode.Fault, "Unimplemented: rpc.calculator has no method Cube", "call", "ICalculator/Cube", "{}");
        await FailsAsync(broker, ExitCode.Fault, "FailedPrecondition: ", "call", "ICalculator/Withdraw", """{"amount":100}""");
        await FailsAsync(broker, ExitCode.Unavailable, "Unavailable: no server: queue rpc.nobody", "call", "INobody/Ping", "{}");
        var (code, items, error) = await RunAsync(broker, "call", "ICalculator/Series", """{"count":-2}""", "--stream");
        Assert.Equal((ExitCode.Fault, "0\n1\n"), (code, items));
        Assert.StartsWith("warren: OutOfRange: a negative count", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Running_servers_are_found(BrokerKind broker)
    {
        await using var serving = await ConnectAsync(broker);
        await using var first = await serving.ServeAsync<ICalculator>(new Calculator(), new ServeOptions { Version = "1.2" });
        await using var second = await serving.ServeAsync<ICalculator>(new Calculator(), new ServeOptions { Version = "[1.3]" });
        await using var bus = await ConnectAsync(broker);
        await bus.Client<ICalculator>(Long).Fib(30);

        // As often as it takes: on a machine with much to do one second may be too short.
        await UntilAsync(broker, ["rpc", "ls"], output => output.Contains("rpc.calculator", StringComparison.Ordinal) && output.Contains("1.2, [1.3]", StringComparison.Ordinal));
        await UntilAsync(broker, ["rpc", "info", "ICalculator"], output => output.Contains("Series", StringComparison.Ordinal) && output.Contains("Stream", StringComparison.Ordinal));
        await UntilAsync(broker, ["rpc", "ping", "rpc.calculator"], output => output.Contains(Environment.MachineName, StringComparison.Ordinal));
        await UntilAsync(broker, ["rpc", "stats", "ICalculator", "--json"], output =>
        {
            var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
            return answers.Count == 2 && answers.Sum(answer => answer.GetProperty("methods").EnumerateArray().Sum(method => method.GetProperty("count").GetInt32())) == 1;
        });
        await FailsAsync(broker, ExitCode.Unavailable, "No server of rpc.nobody answered within 0.05 s", "rpc", "ping", "INobody", "--within", "50ms");
    }

    private async Task UntilAsync(BrokerKind broker, string[] args, Func<string, bool> condition)
    {
        while (true)
        {
            var (exitCode, output, _) = await RunAsync(broker, args);
            if (exitCode == ExitCode.Ok && condition(output))
                return;
        }
    }

    private async Task FailsAsync(BrokerKind broker, int exitCode, string words, params string[] args)
    {
        var (code, output, error) = await RunAsync(broker, args);

        Assert.Equal((exitCode, ""), (code, output));
        Assert.StartsWith($"warren: {words}", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Out, string Error)> RunAsync(BrokerKind broker, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await Tool.RunAsync([.. args, "--uri", await brokers.UriOfAsync(broker)], new Terminal(() => Stream.Null, output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}
