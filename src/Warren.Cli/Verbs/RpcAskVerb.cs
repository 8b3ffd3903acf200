using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren rpc ls|info|stats|ping</c>: a question to all running servers, and their answers as a table or as JSON.</summary>
internal static class RpcAskVerb
{
    public static Command Create(Terminal terminal, RpcQuestion question)
    {
        var service = new Argument<string?>("SERVICE")
        {
            Description = "A contract's interface or address, or a served queue [default: all]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var within = new DurationOption("--within", "How long to wait for answers", TimeSpan.FromSeconds(1));
        var json = new Option<bool>("--json") { Description = "The answers as they come, one JSON object per line" };
        var uri = new UriOption();
        var verb = new Verb(question.Name, question.Description)
        {
            Examples = [$"warren rpc {question.Name}", $"warren rpc {question.Name} ICalculator --within 500ms", $"warren rpc {question.Name} rpc.calculator --json"],
        };
        verb.Arguments.Add(service);
        foreach (var option in (Option[])[within, json, uri])
            verb.Options.Add(option);
        verb.SetAction((line, stopping) => RunAsync(terminal, uri.Of(line), question, line.GetValue(service), within.Of(line), line.GetValue(json), stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, RpcQuestion question, string? service, TimeSpan within, bool json, CancellationToken stopping)
    {
        await using var bus = await Connecting.ToBusAsync(uri, $"rpc {question.Name}", stopping);
        var answers = new List<RpcAnswer>();
        var start = Stopwatch.GetTimestamp();
        var address = service is null ? null : ContractMethod.AddressOf(service);
        await foreach (var octets in bus.DiscoverAsync(question.Word, address, within, stopping))
        {
            if (!TryRead(octets, out var answer))
                continue; // Not one of ours, or not of this version.
            if (json)
                terminal.WriteForeign(Encoding.UTF8.GetString(octets.Span));
            answers.Add(new RpcAnswer(answer, Stopwatch.GetElapsedTime(start)));
        }
        if (answers.Count == 0)
        {
            throw new ToolException(
                ExitCode.Unavailable,
                string.Create(CultureInfo.InvariantCulture, $"No server{(address is null ? "" : $" of {address}")} answered within {within.TotalSeconds:0.###} s. Start one, or allow more with --within."));
        }
        if (!json)
            question.Show(terminal, answers);
        return ExitCode.Ok;
    }

    private static bool TryRead(ReadOnlyMemory<byte> octets, out JsonElement answer)
    {
        answer = default;
        try
        {
            answer = JsonElement.Parse(octets.Span);
            return answer.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
