using System.Globalization;
using System.Text;
using Warren.Bench.Compare;
using Warren.Crashes.Stages;

namespace Warren.Crashes;

/// <summary>The table of a run, in Markdown: for the terminal, and for a file that is committed.</summary>
internal static class CrashReport
{
    public static string Write(IReadOnlyList<(IStage Stage, StageResult? Result, string? Missing)> stages, CrashOptions options, string commandLine, TimeSpan took, DateTimeOffset date)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"# Crashes of {(options.RabbitMq ? "RabbitMQ" : "Warren's broker")}, seen by {(options.ForeignClient ? "RabbitMQ.Client" : "Warren.Client")}");
        Line($"");
        Line($"- Command: `{commandLine}`");
        Line($"- Seed: {options.Seed}");
        Line($"- Date: {date:yyyy-MM-dd HH:mm} UTC, {took.TotalSeconds:0} s");
        Line($"- Machine: {Machine.Describe()}");
        Line($"");
        Line($"| stage | what | cycles | published | confirmed | delivered | lost | reordered | invented | returned | other | duplicates allowed | again, not flagged | dead letters lost | worst recovery ms |");
        Line($"|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (stage, result, missing) in stages)
        {
            if (result is null)
            {
                Line($"| {stage.Name} | {stage.Title} | SKIPPED: {missing} ||||||||||||");
                continue;
            }
            var f = result.Findings;
            Line($"| {stage.Name} | {stage.Title} | {result.Cycles:N0} | {f.Published:N0} | {f.Confirmed:N0} | {f.Delivered:N0} | {f.Lost:N0} | {f.Reordered:N0} | {f.Invented:N0} | {f.Returned:N0} | {f.Broken:N0} | {f.Duplicates:N0} | {Tolerated(f.Unflagged, "returned")} | {Tolerated(f.LostLetters, "lost")} | {result.WorstRecovery.TotalMilliseconds:0} |");
        }
        string Tolerated(long count, string otherwise) => options.RabbitMq ? count.ToString("N0", CultureInfo.InvariantCulture) : $"as {otherwise}";
        foreach (var (stage, result, missing) in stages)
        {
            foreach (var line in result?.Notes ?? [])
                Line($"- {stage.Name}: {line}");
            foreach (var example in result?.Findings.Examples ?? [])
                Line($"- WRONG, {stage.Name}: {example}");
            if (missing is not null)
                Line($"- {stage.Name} WAS NOT TRIED: {missing}. The simulator (tests/Warren.Simulation) tries its faults without the system's help.");
        }
        return text.ToString();
    }
}
