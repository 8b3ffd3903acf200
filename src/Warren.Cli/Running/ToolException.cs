namespace Warren.Cli.Running;

/// <summary>A failure that a verb itself found: its line names the fault and the remedy.</summary>
internal sealed class ToolException(int exitCode, string line) : Exception(line)
{
    public int ExitCode { get; } = exitCode;
}
