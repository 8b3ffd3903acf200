using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Compare;
using Warren.Bench.Durable;
using Warren.Bench.Scale;

namespace Warren.Bench.Store;

/// <summary>
/// How long a broker takes from the start of its process to the first connection that it has answered, on folders that were filled through a broker; and what it then
/// has in memory.
/// </summary>
internal static class StoreRun
{
    private sealed record Case(string Name, int Messages, int Octets, int Queues);

    public static async Task<string> RunAsync(string root, string folder, int messages, int queues, int rounds, string command, DateTimeOffset date)
    {
        Case[] cases =
        [
            new("nothing", 0, 0, 0),
            new($"{messages:N0} messages of 16 octets", messages, 16, 0),
            new($"{messages:N0} messages of 1,024 octets", messages, 1024, 0),
            new($"{queues:N0} durable queues", 0, 0, queues),
        ];
        using var work = WorkFolder.In(folder);
        var tool = await Compare.Broker.BuildWarrenAsync(root);
        var text = new StringBuilder();
        text.AppendLine("# Starting on a full data folder").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}; data on {work.FileSystem}");
        text.AppendLine("- From the start of the process (`warren broker --data`) to the first connection that was answered, the runtime's own start included; the files are in the system's cache");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Medians of {rounds} starts; the resident set is that of the broker's process then").AppendLine();
        text.AppendLine("| in the folder | on disk, MiB | filled in, s | start after an orderly end, s | start after kill -9, s | resident set, MiB |").AppendLine("|---|---:|---:|---:|---:|---:|");
        foreach (var one in cases) text.AppendLine(await MeasureAsync(tool, work.New("warren"), one, rounds));
        return text.ToString();
    }

    private static async Task<string> MeasureAsync(string tool, string folder, Case one, int rounds)
    {
        Console.Error.WriteLine($"filling: {one.Name}");
        var watch = Stopwatch.StartNew();
        await using (var broker = await Compare.Broker.StartWarrenAsync(tool, folder))
        {
            if (one.Messages > 0) await StoreFill.PublishAsync(broker.Uri, one.Messages, one.Octets);
            if (one.Queues > 0) await StoreFill.DeclareAsync(broker.Uri, one.Queues);
        }

        var filling = watch.Elapsed;
        var disk = Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
        var resident = new List<double>();
        var orderly = new List<double>();
        var sudden = new List<double>();
        for (var round = 0; round < rounds * 2; round++)
        {
            var isAfterKill = round % 2 == 1; // What the next start finds alternates.
            var (seconds, mib) = await StartAsync(tool, folder, one, endsByKill: !isAfterKill);
            (isAfterKill ? sudden : orderly).Add(seconds);
            resident.Add(mib);
            Console.Error.WriteLine($"{one.Name}, after {(isAfterKill ? "kill -9" : "an orderly end")}: {seconds:N2} s, {mib:N0} MiB");
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"| {one.Name} | {disk / 1048576.0:N0} | {filling.TotalSeconds:N1} | {Median(orderly):N2} | {Median(sudden):N2} | {Median(resident):N0} |");
    }

    private static async Task<(double Seconds, double MiB)> StartAsync(string tool, string folder, Case one, bool endsByKill)
    {
        var watch = Stopwatch.StartNew();
        await using var broker = await Compare.Broker.StartWarrenAsync(tool, folder);
        using (new RawConnection(new IPEndPoint(IPAddress.Loopback, broker.Uri.Port), 131072)) watch.Stop();
        var process = new BrokerProcess(broker.Uri.Port);
        var octets = process.Octets;
        await StoreFill.CheckAsync(broker.Uri, one.Messages, one.Queues);
        if (endsByKill) process.Kill();
        return (watch.Elapsed.TotalSeconds, octets / 1048576.0);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
