using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Warren.Cli.Running;

namespace Warren.Cli.Measure;

/// <summary>Figures for people or for programs.</summary>
internal static class BenchReport
{
    public static void Write(Terminal terminal, BenchFigures figures, bool json)
    {
        if (json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(figures, BenchJson.Default.BenchFigures));
        else
            WriteTable(terminal, figures);
    }

    private static void WriteTable(Terminal terminal, BenchFigures figures)
    {
        var what = figures.Bench == "rpc" ? "call" : "message";
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns(new TableColumn($"{what}s/s").RightAligned(), new TableColumn("median").RightAligned(), new TableColumn("p99").RightAligned(), new TableColumn($"octets/{what}").RightAligned());
        table.AddRow(Number(figures.PerSecond), Time(figures.MedianMicroseconds), Time(figures.P99Microseconds), Number(figures.AllocatedOctetsEach));
        terminal.Console(terminal.Out).Write(table);
        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Count:N0} {what}s of {figures.SizeOctets} octets in {figures.Seconds:0.0} s, {figures.InFlight} in flight. Timed: {figures.Measured}. Allocated by: {figures.AllocatedBy}."));
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double? microseconds) => microseconds switch
    {
        null => "-",
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0.0} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000:0.0} ms"),
    };
}
