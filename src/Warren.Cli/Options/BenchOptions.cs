using System.CommandLine;

namespace Warren.Cli.Options;

/// <summary>What both benches share.</summary>
internal sealed class BenchOptions
{
    public BenchOptions(int inFlight, string inFlightDescription)
    {
        InFlight = NumberOption.Create("--in-flight", inFlightDescription, inFlight, 1, 65_536);
        Seconds = new DurationOption("--seconds", "How long to measure", TimeSpan.FromSeconds(5));
        WarmUp = new DurationOption("--warm-up", "How long to run before measuring", TimeSpan.FromSeconds(1));
    }

    public UriOption Uri { get; } = new();

    public Option<int> InFlight { get; }

    public Option<int> Size { get; } = NumberOption.Create("--size", "Octets in a body", 16, 0, 16 * 1024 * 1024);

    public DurationOption Seconds { get; }

    public DurationOption WarmUp { get; }

    public Option<bool> NoServer { get; } = new("--no-server");

    public Option<string?> Queue { get; } = new("--queue") { HelpName = "NAME" };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object on standard output instead of the table" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Uri, InFlight, Size, Seconds, WarmUp, NoServer, Queue, Json])
            command.Options.Add(option);
    }
}
