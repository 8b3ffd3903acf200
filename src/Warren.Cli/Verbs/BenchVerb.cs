using System.CommandLine;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren bench</c>: measures calls or messages against any broker.</summary>
internal static class BenchVerb
{
    public static Command Create(Terminal terminal)
    {
        var verb = new Verb("bench", "Measures calls or messages against any broker. Load and measurement share this machine with whatever else runs on it.")
        {
            Examples =
            [
                "warren bench rpc",
                "warren bench rpc --in-flight 64 --json",
                "warren bench publish --persistent --confirm",
                "warren bench publish --uri amqp://guest:guest@localhost:5672/",
            ],
        };
        verb.Subcommands.Add(BenchRpcVerb.Create(terminal));
        verb.Subcommands.Add(BenchPublishVerb.Create(terminal));
        return verb;
    }
}
