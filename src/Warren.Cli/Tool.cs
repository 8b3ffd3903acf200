using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Warren.Cli.Running;
using Warren.Cli.Verbs;

namespace Warren.Cli;

/// <summary>The whole tool: parses the command line, runs the verb, and turns every failure into one line and an exit code.</summary>
internal static class Tool
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken stopping)
    {
        var parsed = CreateRoot(terminal).Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
            return Refuse(parsed, terminal);

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false, // It would print a stack trace.
                    ProcessTerminationTimeout = null,      // StopSignals does it: a broker's orderly stop is a success.
                },
                stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            var failure = Failure.Of(e);
            await terminal.Error.WriteLineAsync($"warren: {failure.Line}");
            return failure.ExitCode;
        }
    }

    private static Command CreateRoot(Terminal terminal)
    {
        // Not a RootCommand: that would call itself by the file that runs.
        var root = new Command("warren", "AMQP 0-9-1 in one tool: a broker, calls and messages. Works with Warren's broker and with RabbitMQ.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            DemoVerb.Create(terminal),
            BrokerVerb.Create(terminal),
            CallVerb.Create(terminal),
            ServeVerb.Create(terminal),
            SendVerb.Create(terminal),
            ReceiveVerb.Create(terminal),
            PublishVerb.Create(terminal),
            SubscribeVerb.Create(terminal),
            RpcVerb.Create(terminal),
            DefinitionsVerb.Create(terminal),
            DoctorVerb.Create(terminal),
            BenchVerb.Create(terminal),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static int Refuse(ParseResult parsed, Terminal terminal)
    {
        var command = CommandPath.Of(parsed.CommandResult);
        var fault = OneLine.Of(parsed.Errors[0].Message).Replace("\t", "", StringComparison.Ordinal); // The library writes some as a list.
        terminal.Error.WriteLine($"warren: {fault.TrimEnd('.')}. See '{command} --help'.");
        return ExitCode.Usage;
    }
}
