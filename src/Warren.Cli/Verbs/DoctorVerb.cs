using System.CommandLine;
using Warren.Broker;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren doctor</c>: looks into the data folder of a broker that does not run.</summary>
internal static class DoctorVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The data folder" };
        var export = new Option<string?>("--export")
        {
            Description = "Write the messages that are there into this file, a line of JSON each, and what is defined into FILE.definitions.json",
            HelpName = "FILE",
        };
        var verb = new Verb("doctor", "Checks the data folder of a broker that does not run, says what is damaged and lost, and changes nothing in it.")
        {
            Examples =
            [
                "warren doctor ~/.local/share/warren",
                "warren doctor /var/lib/warren --export messages.jsonl",
            ],
        };
        verb.Arguments.Add(folder);
        verb.Options.Add(export);
        verb.SetAction((line, _) => Task.FromResult(Run(terminal.Out, line.GetValue(folder)!, line.GetValue(export))));
        return verb;
    }

    private static int Run(TextWriter output, string folder, string? exportTo)
    {
        using var check = Open(folder);
        output.WriteLine($"{folder}: {check.Segments} segments of {check.Octets} octets, {check.LiveRecords} live records");
        foreach (var host in check.VirtualHosts)
        {
            output.WriteLine($"vhost '{host.Name}': {host.Exchanges} exchanges, {host.Bindings} bindings, {host.Queues.Count} queues");
            foreach (var queue in host.Queues)
                output.WriteLine($"  {queue.Name}: {queue.Messages} messages");
        }
        if (check.TornTail is { } torn)
            output.WriteLine($"Unfinished, which is no damage: {torn}.");
        foreach (var damage in check.Damages)
            output.WriteLine($"Damage: {damage}.");
        if (exportTo is not null)
            Export(output, check, exportTo);
        output.WriteLine(check.Damages.Count == 0 ? "Healthy." : "Damaged. A broker that is started with this folder serves everything else.");
        return check.Damages.Count == 0 ? ExitCode.Ok : ExitCode.Damaged;
    }

    private static FolderCheck Open(string folder)
    {
        try
        {
            return FolderCheck.Open(folder);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ToolException(ExitCode.FolderRefused, e.Message);
        }
    }

    private static void Export(TextWriter output, FolderCheck check, string path)
    {
        DefinitionsFile.CheckFolder(path);
        var definitions = $"{path}.definitions.json";
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            output.WriteLine($"{check.ExportMessages(file)} messages are in {path}, what is defined is in {definitions}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ExitCode.Usage, $"Cannot write {path}: {e.Message}");
        }
        DefinitionsFile.Write(definitions, check.ExportDefinitions());
    }
}
