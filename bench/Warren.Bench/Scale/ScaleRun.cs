using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Compare;

namespace Warren.Bench.Scale;

/// <summary>How much memory idle connections, channels and queues take in Warren's broker: its resident set, before and after.</summary>
internal static class ScaleRun
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5); // The broker gives idle buffers back within its next ticks.

    public static async Task<string> RunAsync(string root, int connections, int queues, string command, DateTimeOffset date)
    {
        await using var broker = await Compare.Broker.StartAsync("warren", root);
        var resident = new BrokerProcess(broker.Uri.Port);
        var endpoint = new IPEndPoint(IPAddress.Loopback, broker.Uri.Port);
        var open = new List<RawConnection>();
        try
        {
            using (var first = new RawConnection(endpoint, 131072)) first.OpenChannel(1); // What is compiled and allocated once is not counted.
            var before = await SettledAsync(resident);
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < connections; i++) open.Add(new RawConnection(endpoint, 2048));
            var connecting = watch.Elapsed;
            var connected = await SettledAsync(resident);
            foreach (var connection in open) connection.OpenChannel(1);
            var withChannels = await SettledAsync(resident);
            using var declaring = new RawConnection(endpoint, 131072);
            declaring.OpenChannel(1);
            watch.Restart();
            declaring.DeclareQueues(1, queues);
            var declaringTime = watch.Elapsed;
            var withQueues = await SettledAsync(resident);

            var text = new StringBuilder();
            text.AppendLine("# Memory of idle connections, channels and queues").AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
            text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
            text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}");
            text.AppendLine("- Resident set of the broker's process (`warren broker`), all of it open at once").AppendLine();
            text.AppendLine("| | resident set, MiB | octets each |").AppendLine("|---|---:|---:|");
            text.AppendLine(CultureInfo.InvariantCulture, $"| broker alone | {before / 1048576.0:N1} | |");
            Row(text, $"{connections:N0} connections", connected, before, connections);
            Row(text, $"and a channel on each, {connections:N0} channels", withChannels, connected, connections);
            Row(text, $"and {queues:N0} queues", withQueues, withChannels, queues);
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Connecting: {connections / connecting.TotalSeconds:N0} a second, one after the other. Declaring: {queues / declaringTime.TotalSeconds:N0} queues a second.");
            return text.ToString();
        }
        finally
        {
            foreach (var connection in open) connection.Dispose();
        }
    }

    private static void Row(StringBuilder text, string what, long after, long before, int count) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {after / 1048576.0:N1} | {(after - before) / (double)count:N0} |");

    private static async Task<long> SettledAsync(BrokerProcess resident)
    {
        await Task.Delay(Settling);
        return resident.Octets;
    }
}
