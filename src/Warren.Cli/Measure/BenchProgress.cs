using System.Globalization;
using Spectre.Console;
using Warren.Cli.Running;

namespace Warren.Cli.Measure;

/// <summary>Shows that a measurement goes on: a bar with the present rate in a terminal, a line per second elsewhere. On standard error.</summary>
internal static class BenchProgress
{
    private static readonly TimeSpan BarPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(1);

    public static async Task<Measurement> ShowAsync(Terminal terminal, string what, Meter meter, Task<Measurement> running)
    {
        var console = terminal.Console(terminal.Error);
        if (console.Profile.Capabilities.Interactive)
            await ShowBarAsync(console, what, meter, running);
        else
            await ShowLinesAsync(terminal.Error, what, meter, running);
        return await running;
    }

    private static Task ShowBarAsync(IAnsiConsole console, string what, Meter meter, Task running) =>
        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new RemainingTimeColumn()).StartAsync(async progress =>
        {
            var bar = progress.AddTask("warming up", maxValue: (meter.WarmUp + meter.Duration).TotalSeconds);
            await EachAsync(BarPeriod, meter, running, (elapsed, rate) =>
            {
                bar.Value = elapsed.TotalSeconds;
                bar.Description = Describe(what, meter, elapsed, rate);
            });
        });

    private static Task ShowLinesAsync(TextWriter error, string what, Meter meter, Task running) =>
        EachAsync(LinePeriod, meter, running, (elapsed, rate) =>
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds,4:0} s  {Describe(what, meter, elapsed, rate)}")));

    private static string Describe(string what, Meter meter, TimeSpan elapsed, double rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{(elapsed <= meter.WarmUp ? "warming up" : "measuring")}, {rate:N0} {what}/s");

    private static async Task EachAsync(TimeSpan period, Meter meter, Task running, Action<TimeSpan, double> show)
    {
        using var timer = new PeriodicTimer(period);
        var start = TimeProvider.System.GetTimestamp();
        var (lastTotal, lastElapsed) = (0L, TimeSpan.Zero);
        while (await Task.WhenAny(running, timer.WaitForNextTickAsync().AsTask()) != running)
        {
            var (total, elapsed) = (meter.Total, TimeProvider.System.GetElapsedTime(start));
            show(elapsed, (total - lastTotal) / (elapsed - lastElapsed).TotalSeconds);
            (lastTotal, lastElapsed) = (total, elapsed);
        }
    }
}
