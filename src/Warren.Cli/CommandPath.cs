using System.CommandLine;
using System.CommandLine.Parsing;

namespace Warren.Cli;

/// <summary>A command as a user types it, such as <c>warren bench rpc</c>.</summary>
internal static class CommandPath
{
    public static string Of(CommandResult command)
    {
        var words = new List<string>();
        for (SymbolResult? at = command; at is CommandResult result; at = at.Parent)
            words.Insert(0, result.Command.Name);
        return string.Join(' ', words);
    }
}
