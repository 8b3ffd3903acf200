using System.CommandLine;

namespace Warren.Cli.Options;

/// <summary>Where a broker keeps what is durable: <c>--data DIR</c>, <c>--ephemeral</c>, or a folder of the user's.</summary>
internal sealed class DataOptions
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The folder where everything durable is kept [default: warren in the user's data folder]",
        HelpName = "DIR",
    };

    private readonly Option<bool> _ephemeral = new("--ephemeral") { Description = "Keep nothing: what the broker holds ends with it" };

    public void AddTo(Command verb)
    {
        verb.Options.Add(_data);
        verb.Options.Add(_ephemeral);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(_data) is not null && result.GetValue(_ephemeral))
                result.AddError("--data and --ephemeral contradict each other");
        });
    }

    /// <summary>The whole path; null when nothing is kept.</summary>
    public string? FolderOf(ParseResult line) => line.GetValue(_ephemeral) ? null : Path.GetFullPath(line.GetValue(_data) ?? DefaultFolder);

    // XDG_DATA_HOME, or .local/share in the home folder; where that is not the custom, what the system names.
    private static string DefaultFolder
    {
        get
        {
            var above = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return above.Length > 0
                ? Path.Combine(above, "warren")
                : throw new Running.ToolException(ExitCode.Usage, "This user has no home folder to keep anything in. Name a folder with --data, or keep nothing with --ephemeral.");
        }
    }
}
