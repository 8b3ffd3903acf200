using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Compare;
using Warren.Bench.Durable;
using Warren.Bench.Scale;

namespace Warren.Bench.Backlog;

/// <summary>
/// What a broker with a memory limit has in memory while a queue grows far beyond it, after a kill -9 and a start on that folder, and while the queue is emptied; and that every message
/// comes, in order.
/// </summary>
internal static class BacklogRun
{
    private const long MessagesPerGib = (1L << 30) / BacklogClient.BodyOctets;

    public static async Task<string> RunAsync(string root, string folder, int gib, string memoryLimit, string command, DateTimeOffset date)
    {
        using var work = WorkFolder.In(folder);
        var data = work.New("warren");
        var tool = await Compare.Broker.BuildWarrenAsync(root);
        var count = gib * MessagesPerGib;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# A backlog of {gib} GiB").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}; data on {work.FileSystem}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- `warren broker --data --memory-limit {memoryLimit}`; {count:N0} persistent messages of {BacklogClient.BodyOctets} octets in one durable queue");
        text.AppendLine("- Published with confirms, 2,000 outstanding; then kill -9, another start, and everything consumed with a prefetch of 1000, every 50 acknowledged with one method, every number looked at");
        text.AppendLine("- The resident set is that of the broker's process, as Linux counts it; its peak is since the process began").AppendLine();

        text.AppendLine("| published, GiB | seconds | resident set, MiB | its peak, MiB |").AppendLine("|---:|---:|---:|---:|");
        int stops;
        await using (var broker = await Compare.Broker.StartWarrenAsync(tool, data, memoryLimit))
        {
            var process = new BrokerProcess(broker.Uri.Port);
            stops = await BacklogClient.FillAsync(broker.Uri, count, MessagesPerGib, Sampler(process, text));
            process.Kill();
        }

        var disk = Directory.EnumerateFiles(data).Sum(file => new FileInfo(file).Length);
        await StartAndEmptyAsync(tool, data, memoryLimit, count, stops, disk, text);
        return text.ToString();
    }

    private static async Task StartAndEmptyAsync(string tool, string data, string memoryLimit, long count, int stops, long disk, StringBuilder text)
    {
        var watch = Stopwatch.StartNew();
        await using var broker = await Compare.Broker.StartWarrenAsync(tool, data, memoryLimit);
        using (new RawConnection(new IPEndPoint(IPAddress.Loopback, broker.Uri.Port), 131072)) watch.Stop();
        var process = new BrokerProcess(broker.Uri.Port);
        var (octets, peak) = (process.Octets, process.PeakOctets);
        var found = await BacklogClient.CountAsync(broker.Uri);
        if (found != count) throw new InvalidDataException($"{count:N0} messages were confirmed, and {found:N0} are there after the start");
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"The broker stopped the publisher {stops} times. On disk: {Mib(disk)} MiB.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Start after kill -9, up to the first connection that was answered: {watch.Elapsed.TotalSeconds:N1} s; resident set {Mib(octets)} MiB, its peak {Mib(peak)} MiB.").AppendLine();
        Console.Error.WriteLine($"started in {watch.Elapsed.TotalSeconds:N1} s, {Mib(octets)} MiB");
        text.AppendLine("| consumed, GiB | seconds | resident set, MiB | its peak, MiB |").AppendLine("|---:|---:|---:|---:|");
        await BacklogClient.EmptyAsync(broker.Uri, count, MessagesPerGib, Sampler(process, text));
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"All {count:N0} messages came, each once and in order.");
    }

    private static Action<long> Sampler(BrokerProcess process, StringBuilder text)
    {
        var watch = Stopwatch.StartNew();
        return messages =>
        {
            var row = string.Create(CultureInfo.InvariantCulture, $"| {messages / MessagesPerGib} | {watch.Elapsed.TotalSeconds:N1} | {Mib(process.Octets)} | {Mib(process.PeakOctets)} |");
            Console.Error.WriteLine(row);
            text.AppendLine(row);
        };
    }

    private static string Mib(long octets) => (octets / 1048576.0).ToString("N0", CultureInfo.InvariantCulture);
}
