using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Warren.Cli;

/// <summary>The library's help, and below it what a reader looks for first: examples, and in the root help the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true; // Who asks for help gets it, whatever else the line says.

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb verb)
            WriteExamples(output, verb.Examples);
        else
            WriteRoot(output);
        return ExitCode.Ok;
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<string> examples)
    {
        output.WriteLine("Examples:");
        foreach (var example in examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
    }

    private static void WriteRoot(TextWriter output)
    {
        WriteExamples(output, ["warren demo", "warren broker", "warren serve rpc_queue --fib", "warren call rpc_queue 30"]);
        output.WriteLine("Exit codes:");
        foreach (var (code, meaning) in ExitCode.All)
            output.WriteLine($"  {code,3}  {meaning}");
        output.WriteLine();
    }
}
