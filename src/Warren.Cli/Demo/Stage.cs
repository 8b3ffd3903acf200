using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Warren.Cli.Running;

namespace Warren.Cli.Demo;

/// <summary>Tells what happens while it happens: a line each, with the time it took. Colours in a terminal, plain text elsewhere.</summary>
internal sealed class Stage(IAnsiConsole console)
{
    private const int NameWidth = 20;
    private const int TimeWidth = 10;

    private readonly long _start = Stopwatch.GetTimestamp();

    public void Title(string text) => console.MarkupLineInterpolated($"[bold]{text}[/]");

    public void Chapter(string text)
    {
        console.WriteLine();
        Title(text);
    }

    public void Line(string name, string text) => Write(name.PadRight(NameWidth), "", text);

    public void Line(string name, TimeSpan took, string text) => Write(name.PadRight(NameWidth), Show(took), text);

    public void End()
    {
        var seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        Chapter($"All of it in {seconds} s. Next:");
        Plain("  warren broker                       a broker on port 5672, for every AMQP 0-9-1 client");
        Plain("  warren serve rpc_queue --fib        a server, in another shell");
        Plain("  warren call rpc_queue 30            a client, in a third");
    }

    private void Plain(string text) => console.Profile.Out.Writer.WriteLine(text);

    // No wrapping: a line that is too long for the window is the terminal's business, and a pipe has no width.
    private void Write(string name, string time, string text)
    {
        console.Markup("  [cyan]" + Markup.Escape(name) + "[/][grey]" + time.PadLeft(TimeWidth) + "[/]  ");
        Plain(OneLine.Of(text));
    }

    private static string Show(TimeSpan time) => time.TotalMilliseconds.ToString("0.00 ms", CultureInfo.InvariantCulture);
}
