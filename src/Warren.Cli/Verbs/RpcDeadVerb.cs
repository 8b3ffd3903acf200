using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using Warren.Amqp;
using Warren.Cli.Options;
using Warren.Cli.Running;
using Warren.Client;

namespace Warren.Cli.Verbs;

/// <summary><c>warren rpc dead ls|resend|drop</c>: the requests of Safe calls that the broker gave up on.</summary>
internal static class RpcDeadVerb
{
    private const int MostShown = 60;

    public static Command Create(Terminal terminal)
    {
        var verb = new Verb("dead", "Looks after requests of Safe calls that were given up: after too many deliveries, or refused by a server. Those that expired are not kept.")
        {
            Examples = ["warren rpc dead ls", "warren rpc dead resend ICalculator --count 1", "warren rpc dead drop rpc.calculator"],
        };
        verb.Subcommands.Add(CreatePart("ls", "Lists them, the oldest first, and leaves them where they are.", terminal, ListAsync, withJson: true));
        verb.Subcommands.Add(CreatePart("resend", "Sends them to their service again, the oldest first, under their old id. Each leaves the list when the broker has confirmed it.", terminal, ResendAsync));
        verb.Subcommands.Add(CreatePart("drop", "Drops them, the oldest first.", terminal, DropAsync));
        return verb;
    }

    private static Verb CreatePart(
        string name, string description, Terminal terminal, Func<Terminal, Bus, string?, int, bool, CancellationToken, Task> run, bool withJson = false)
    {
        var service = new Argument<string?>("SERVICE") { Description = "A contract's interface or address [default: all]", Arity = ArgumentArity.ZeroOrOne };
        var count = NumberOption.Create("--count", "How many at most; 0 is all", 0, 0);
        var json = new Option<bool>("--json") { Description = "One JSON object per line instead of the table" };
        var uri = new UriOption();
        var verb = new Verb(name, description)
        {
            Examples = [$"warren rpc dead {name}", $"warren rpc dead {name} ICalculator --count 1"],
        };
        verb.Arguments.Add(service);
        verb.Options.Add(count);
        if (withJson)
            verb.Options.Add(json);
        verb.Options.Add(uri);
        verb.SetAction(async (line, stopping) =>
        {
            await using var bus = await Connecting.ToBusAsync(uri.Of(line), $"rpc dead {name}", stopping);
            var address = line.GetValue(service) is { } given ? ContractMethod.AddressOf(given) : null;
            var most = line.GetValue(count) is > 0 and var limit ? limit : int.MaxValue;
            try
            {
                await run(terminal, bus, address, most, withJson && line.GetValue(json), stopping);
            }
            catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
            {
                throw new ToolException(ExitCode.Unavailable, $"No contract was ever served on this broker: {e.Message}. Name another with --uri or WARREN_URI.");
            }
            return ExitCode.Ok;
        });
        return verb;
    }

    private static async Task ListAsync(Terminal terminal, Bus bus, string? service, int most, bool json, CancellationToken stopping)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("service", "method", "reason", "died at", "came back", "attempt", "id", "arguments");
        await foreach (var request in bus.ListDeadRequestsAsync(service, most, stopping))
        {
            if (json)
                terminal.WriteForeign(ToJson(request));
            else
                table.AddRow(Cells(request).Select(cell => new Text(OneLine.Of(cell))));
        }
        if (json)
            return;
        if (table.Rows.Count == 0)
            await terminal.Error.WriteLineAsync($"No dead requests{(service is null ? "" : $" of {service}")}.");
        else
            terminal.Console(terminal.Out).Write(table);
    }

    private static async Task ResendAsync(Terminal terminal, Bus bus, string? service, int most, bool json, CancellationToken stopping) =>
        await terminal.Out.WriteLineAsync($"{await bus.ResendDeadRequestsAsync(service, most, stopping)} sent again.");

    private static async Task DropAsync(Terminal terminal, Bus bus, string? service, int most, bool json, CancellationToken stopping) =>
        await terminal.Out.WriteLineAsync($"{await bus.DropDeadRequestsAsync(service, most, stopping)} dropped.");

    private static string[] Cells(DeadRequest request)
    {
        var body = Encoding.UTF8.GetString(request.Body.Span);
        return
        [
            request.Service,
            request.Method.Length == 0 ? "-" : request.Method,
            request.Reason,
            request.DiedAt?.ToString("u", CultureInfo.InvariantCulture) ?? "-",
            request.Deliveries?.ToString(CultureInfo.InvariantCulture) ?? "-",
            request.Attempt.ToString(CultureInfo.InvariantCulture),
            request.CallId,
            body.Length <= MostShown ? body : $"{body[..MostShown]}...",
        ];
    }

    private static string ToJson(DeadRequest request)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            json.WriteString("service"u8, request.Service);
            json.WriteString("method"u8, request.Method);
            json.WriteString("reason"u8, request.Reason);
            if (request.DiedAt is { } diedAt)
                json.WriteString("diedAt"u8, diedAt);
            if (request.Deliveries is { } deliveries)
                json.WriteNumber("deliveries"u8, deliveries);
            json.WriteNumber("attempt"u8, request.Attempt);
            json.WriteString("callId"u8, request.CallId);
            json.WriteString("body"u8, Encoding.UTF8.GetString(request.Body.Span));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(octets.ToArray());
    }
}
