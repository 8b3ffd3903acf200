using System.CommandLine;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren rpc</c>: which servers run, how they do, and the requests that were given up.</summary>
internal static class RpcVerb
{
    public static Command Create(Terminal terminal)
    {
        var verb = new Verb("rpc", "Asks running servers, over any broker, and looks after requests that were given up.")
        {
            Examples =
            [
                "warren rpc ls",
                "warren rpc info ICalculator",
                "warren rpc stats rpc.calculator --within 3s",
                "warren rpc dead ls",
            ],
        };
        foreach (var question in RpcQuestion.All)
            verb.Subcommands.Add(RpcAskVerb.Create(terminal, question));
        verb.Subcommands.Add(RpcDeadVerb.Create(terminal));
        return verb;
    }
}
