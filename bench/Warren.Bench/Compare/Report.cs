using System.Globalization;
using System.Text;

namespace Warren.Bench.Compare;

/// <summary>The results as Markdown: the same text for the terminal and for bench/results/.</summary>
internal static class Report
{
    public static string Write(Results results, string command, DateTimeOffset date, int rounds, double seconds)
    {
        var text = new StringBuilder();
        text.AppendLine("# Calls and messages, compared").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Brokers: {string.Join("; ", results.Brokers)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {rounds} interleaved rounds of {seconds} s per figure; medians of the rounds, and medians of the rounds' ratios");
        text.AppendLine().AppendLine("Every client, server and broker is a process of its own. 2-octet bodies, one connection per process.").AppendLine();

        foreach (var inFlight in CallLevels.All) AppendCalls(text, results, inFlight);
        AppendRatios(text, results, "What a contract costs, against the same method behind a queue", Pair.Typed, pair => pair.Peer is "warren-contract");
        AppendRatios(text, results, "What types, a contract and Safe mode cost, against octets behind a queue", Pair.Plain, pair => pair.Peer is "warren-typed" or "warren-contract" or "warren-safe");
        AppendRatios(text, results, "Against a framework, on the same RabbitMQ, without durability and confirms", Pair.Framework, pair => pair.Broker == "rabbitmq" && pair.Peer.StartsWith("warren", StringComparison.Ordinal));
        AppendRatios(text, results, "Against a framework, on the same RabbitMQ, as it comes", Pair.FrameworkAsItComes, pair => pair.Broker == "rabbitmq" && pair.Peer.StartsWith("warren", StringComparison.Ordinal));
        AppendMessages(text, results);
        return text.ToString();
    }

    private static void AppendCalls(StringBuilder text, Results results, int inFlight)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"## {(inFlight == 1 ? "One call at a time" : $"{inFlight} calls in flight")}").AppendLine();
        text.AppendLine("| | calls/s | x baseline | median us | x baseline | x relay | p99 us | octets allocated per call |");
        text.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var pair in results.Pairs)
        {
            if (results.Calls(pair, inFlight, f => f.CallsPerSecond) is not { } callsPerSecond) continue;
            text.Append(CultureInfo.InvariantCulture, $"| {pair} | {callsPerSecond:N0} ");
            text.Append(Ratio(results.CallsRatio(pair, Pair.Baseline, inFlight, f => f.CallsPerSecond)));
            text.Append(CultureInfo.InvariantCulture, $"| {results.Calls(pair, inFlight, f => f.MedianMicroseconds):N1} ");
            text.Append(Ratio(results.CallsRatio(pair, Pair.Baseline, inFlight, f => f.MedianMicroseconds)));
            text.Append(Ratio(results.CallsRatio(pair, Pair.Limit, inFlight, f => f.MedianMicroseconds)));
            text.Append(CultureInfo.InvariantCulture, $"| {results.Calls(pair, inFlight, f => f.P99Microseconds):N1} ");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {results.Calls(pair, inFlight, f => f.OctetsPerCall):N0} |");
        }

        text.AppendLine();
    }

    private static void AppendRatios(StringBuilder text, Results results, string title, Pair to, Func<Pair, bool> isMeant)
    {
        var pairs = results.Pairs.Where(isMeant).ToList();
        if (pairs.Count == 0 || !results.Pairs.Contains(to)) return;
        text.AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Ratios to {to} in the same round; the last column is the difference.").AppendLine();
        text.AppendLine("| | in flight | calls/s | median | octets allocated per call |").AppendLine("|---|---:|---:|---:|---:|");
        foreach (var pair in pairs)
        {
            foreach (var inFlight in CallLevels.All)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {pair} | {inFlight} ");
                text.Append(Ratio(results.CallsRatio(pair, to, inFlight, f => f.CallsPerSecond)));
                text.Append(Ratio(results.CallsRatio(pair, to, inFlight, f => f.MedianMicroseconds)));
                var more = results.Calls(pair, inFlight, f => f.OctetsPerCall) - results.Calls(to, inFlight, f => f.OctetsPerCall);
                text.AppendLine(CultureInfo.InvariantCulture, $"| {more:+#,0;-#,0;0} |");
            }
        }

        text.AppendLine();
    }

    private static void AppendMessages(StringBuilder text, Results results)
    {
        text.AppendLine("## Publish to consume: 16 octets, one publisher, one consumer, automatic acknowledgement").AppendLine();
        text.AppendLine("| | messages/s | x baseline |").AppendLine("|---|---:|---:|");
        foreach (var pair in results.Pairs)
        {
            if (results.Messages(pair) is { } perSecond)
                text.AppendLine(CultureInfo.InvariantCulture, $"| {pair} | {perSecond:N0} {Ratio(results.MessagesRatio(pair, Pair.Baseline))}|");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Baseline: {Pair.Baseline}.");
    }

    private static string Ratio(double? ratio) => ratio is null ? "| " : string.Create(CultureInfo.InvariantCulture, $"| {ratio:N2} ");
}
