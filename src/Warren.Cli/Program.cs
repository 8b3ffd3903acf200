using Warren.Cli;
using Warren.Cli.Running;

using var signals = new StopSignals();
var exitCode = await Tool.RunAsync(args, Terminal.OfThisProcess(), signals.Token);
return exitCode == ExitCode.Interrupted ? signals.ExitCode : exitCode;
