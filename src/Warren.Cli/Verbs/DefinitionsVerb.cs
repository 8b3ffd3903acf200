using System.CommandLine;
using Warren.Broker;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren definitions export|import|check|diff</c>: definitions in files, and those of a broker with RabbitMQ's HTTP API.</summary>
internal static class DefinitionsVerb
{
    public static Command Create(Terminal terminal)
    {
        var verb = new Verb("definitions", "Fetches, sends, checks and compares definitions: users, virtual hosts, permissions, policies, exchanges, queues, bindings, as RabbitMQ and Warren write them.")
        {
            Examples =
            [
                "warren definitions export http://guest:guest@localhost:15672 definitions.json",
                "warren definitions check definitions.json",
                "warren definitions diff before.json after.json",
            ],
        };
        verb.Subcommands.Add(CreateExport(terminal));
        verb.Subcommands.Add(CreateImport(terminal));
        verb.Subcommands.Add(CreateCheck(terminal));
        verb.Subcommands.Add(CreateDiff(terminal));
        return verb;
    }

    private static Verb CreateExport(Terminal terminal)
    {
        var address = AddressArgument();
        var file = new Argument<string?>("FILE") { Description = "Where to write it, readable for its owner alone [default: standard output]", Arity = ArgumentArity.ZeroOrOne };
        var verb = new Verb("export", "Fetches everything that is defined on a broker.")
        {
            Examples = ["warren definitions export http://guest:guest@localhost:15672 definitions.json", "warren definitions export http://guest:guest@localhost:15672/%2F"],
        };
        verb.Arguments.Add(address);
        verb.Arguments.Add(file);
        verb.SetAction(async (line, stopping) =>
        {
            if (line.GetValue(file) is { } target)
                DefinitionsFile.CheckFolder(target);
            var text = await DefinitionsApi.At(line.GetValue(address)!).ExportAsync(stopping);
            if (line.GetValue(file) is { } path)
                DefinitionsFile.Write(path, text);
            else
                await terminal.Out.WriteLineAsync(text);
            return ExitCode.Ok;
        });
        return verb;
    }

    private static Verb CreateImport(Terminal terminal)
    {
        var file = FileArgument("FILE", "The file");
        var address = AddressArgument();
        var verb = new Verb("import", "Adds what a file defines to a broker. What the file does not name stays.")
        {
            Examples = ["warren definitions import definitions.json http://guest:guest@localhost:15672"],
        };
        verb.Arguments.Add(file);
        verb.Arguments.Add(address);
        verb.SetAction(async (line, stopping) =>
        {
            var path = line.GetValue(file)!;
            await DefinitionsApi.At(line.GetValue(address)!).ImportAsync(DefinitionsFile.Read(path), stopping);
            await terminal.Out.WriteLineAsync($"{path} is imported.");
            return ExitCode.Ok;
        });
        return verb;
    }

    private static Verb CreateCheck(Terminal terminal)
    {
        var file = FileArgument("FILE", "The file");
        var profile = new ProfileOption();
        var verb = new Verb("check", "Says whether 'warren broker --definitions FILE' would take it, and if not, which entry is wrong. What is left out is told as a warning.")
        {
            Examples = ["warren definitions check definitions.json", "warren definitions check definitions.json --as 3.13"],
        };
        verb.Arguments.Add(file);
        verb.Options.Add(profile);
        verb.SetAction(async (line, stopping) =>
        {
            var path = line.GetValue(file)!;
            using var log = new WarningLog(terminal.Error);
            log.Open();
            var options = new BrokerOptions
            {
                InProcessOnly = true,
                LoggerFactory = log,
                Profile = line.GetValue(profile) ?? Warren.Engine.Profile.V42,
                Definitions = DefinitionsFile.Read(path),
            };
            await using var broker = await WarrenBroker.StartAsync(options, stopping);
            await terminal.Out.WriteLineAsync($"{path} can be imported.");
            return ExitCode.Ok;
        });
        return verb;
    }

    private static Verb CreateDiff(Terminal terminal)
    {
        var before = FileArgument("BEFORE", "The first file, or a broker's address as for export");
        var after = FileArgument("AFTER", "The second one");
        var verb = new Verb("diff", $"Shows what two files or brokers have not in common: - only the first, + only the second, ~ both but not alike. The exit code is {ExitCode.Different} when they differ.")
        {
            Examples = ["warren definitions diff before.json after.json", "warren definitions diff definitions.json http://guest:guest@localhost:15672"],
        };
        verb.Arguments.Add(before);
        verb.Arguments.Add(after);
        verb.SetAction(async (line, stopping) =>
        {
            var (first, second) = (await DefinitionsSource.ReadAsync(line.GetValue(before)!, stopping), await DefinitionsSource.ReadAsync(line.GetValue(after)!, stopping));
            var lines = DefinitionsDiff.Between(first, second);
            foreach (var difference in lines)
                await terminal.Out.WriteLineAsync(OneLine.Of(difference));
            return lines.Count == 0 ? ExitCode.Ok : ExitCode.Different;
        });
        return verb;
    }

    private static Argument<string> AddressArgument() => new("ADDRESS")
    {
        Description = "The broker's HTTP API, http[s]://user:password@host:port[/vhost]; RabbitMQ's has the port 15672",
    };

    private static Argument<string> FileArgument(string name, string description) => new(name) { Description = description };
}
