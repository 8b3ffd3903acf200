using System.Globalization;
using System.Text;
using Warren.Bench.Compare;

namespace Warren.Chaos;

/// <summary>What a run did and how it ended, in Markdown: for the terminal, and for a file that is committed.</summary>
internal sealed class ChaosReport(IBrokerUnderTest broker, ChaosOptions options)
{
    /// <summary>How much later than its deadline a call may end.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, int> _faults = new(StringComparer.Ordinal);

    /// <summary>One more of this kind.</summary>
    public void Happened(string fault) => _faults[fault] = _faults.GetValueOrDefault(fault) + 1;

    public string Write(CallLedger calls, Dictionary<long, int> effects, BusStatistics statistics, TimeSpan took, DateTimeOffset date, IReadOnlyList<string> wrong)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"# {options.Calls:N0} {options.Mode} calls against {_faults.Values.Sum()} faults on {broker.Name}");
        Line($"");
        Line($"- Command: `{options.CommandLine}`");
        Line($"- Seed: {options.Seed}");
        Line($"- Date: {date:yyyy-MM-dd HH:mm} UTC, {took.TotalSeconds:0} s");
        Line($"- Machine: {Machine.Describe()}");
        Line($"- {options.InFlight} calls at once, each with {options.Timeout.TotalSeconds:0} s{(options.Mode == CallMode.Fast ? " (every twentieth with 100 ms)" : "")}; two server processes");
        Line($"");
        Line($"{(wrong.Count == 0 ? "As promised." : $"{wrong.Count} CONTRADICTIONS:")}");
        foreach (var contradiction in wrong.Take(20))
            Line($"- {contradiction}");
        Line($"");
        Line($"| how calls ended | |");
        Line($"|---|---:|");
        foreach (var (end, count) in calls.Ends())
            Line($"| {end} | {count:N0} |");
        Line($"| not ended | {options.Calls - calls.Ended:N0} |");
        Line($"| left in the pending map | {statistics.PendingCalls:N0} |");
        Line($"");
        Line($"| what happened | |");
        Line($"|---|---:|");
        Line($"| calls that had an effect | {effects.Count:N0} |");
        Line($"| effects | {effects.Values.Sum():N0} |");
        Line($"| latest end after a deadline | {calls.WorstLateness.TotalMilliseconds:0.0} ms |");
        Line($"| reconnects of the client | {statistics.Reconnects:N0} |");
        Line($"| late replies dropped | {statistics.LateReplies:N0} |");
        Line($"| duplicate replies dropped | {statistics.DuplicateReplies:N0} |");
        foreach (var (what, count) in broker.Figures)
            Line($"| {what} | {count:N0} |");
        Line($"");
        Line($"| fault | times |");
        Line($"|---|---:|");
        foreach (var (name, count) in _faults.OrderBy(fault => fault.Key, StringComparer.Ordinal))
            Line($"| {name} | {count} |");
        return text.ToString();
    }
}
