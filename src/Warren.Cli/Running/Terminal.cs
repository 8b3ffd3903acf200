using Spectre.Console;

namespace Warren.Cli.Running;

/// <summary>Where a verb reads and writes. Results go to <see cref="Out"/>, everything about them to <see cref="Error"/>.</summary>
internal sealed class Terminal(Func<Stream> openInput, TextWriter output, TextWriter error, bool isOutTerminal = false, bool isErrorTerminal = false)
{
    private const int PlainWidth = 240;

    /// <summary>Results: what a script would read.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Progress, remarks and failures.</summary>
    public TextWriter Error { get; } = error;

    public static Terminal OfThisProcess() => new(System.Console.OpenStandardInput, System.Console.Out, System.Console.Error, !System.Console.IsOutputRedirected, !System.Console.IsErrorRedirected);

    /// <summary>Reads standard input to its end.</summary>
    public async Task<byte[]> ReadInputAsync(CancellationToken cancellationToken)
    {
        using var input = openInput();
        using var octets = new MemoryStream();
        await input.CopyToAsync(octets, cancellationToken);
        return octets.ToArray();
    }

    /// <summary>A line of a result that comes from elsewhere: as it is for a program, harmless for a person's terminal.</summary>
    public void WriteForeign(string line) => Out.WriteLine(isOutTerminal ? OneLine.Of(line) : line);

    /// <summary>Colours and tables on a writer; plain text of any width where that is no terminal.</summary>
    public IAnsiConsole Console(TextWriter writer)
    {
        var isTerminal = writer == Out ? isOutTerminal : isErrorTerminal;
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) };
        if (!isTerminal)
        {
            settings.Ansi = AnsiSupport.No;
            settings.Interactive = InteractionSupport.No;
        }
        var console = AnsiConsole.Create(settings);
        if (!isTerminal)
            console.Profile.Width = PlainWidth;
        return console;
    }
}
