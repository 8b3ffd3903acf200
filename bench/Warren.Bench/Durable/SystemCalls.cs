using System.Globalization;
using System.Text;
using Warren.Bench.Compare;

namespace Warren.Bench.Durable;

/// <summary>Shows that confirms wait for the disk: a short load with the broker under strace, and the system calls that it made. Linux only.</summary>
internal static class SystemCalls
{
    private static readonly TimeSpan WritingTime = TimeSpan.FromSeconds(30);

    public static async Task<string> RunAsync(string root, string folder, int messages, string command, DateTimeOffset date)
    {
        if (!IsInstalled("strace")) throw new InvalidOperationException("strace is not installed.");
        using var work = WorkFolder.In(folder);
        var text = new StringBuilder();
        text.AppendLine("# System calls of persistent messages").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}; data on {work.FileSystem}");
        text.AppendLine("- The broker under `strace -f -c -e trace=fdatasync,fsync,pwrite64`, from its start to its end; Warren.Client").AppendLine();
        text.AppendLine("| load | messages confirmed | fdatasync | fsync | pwrite64 | messages for each fdatasync |").AppendLine("|---|---:|---:|---:|---:|---:|");
        text.AppendLine(await MeasureAsync("none: start and end", root, work, _ => Task.FromResult(0L)));
        foreach (var octets in (int[])[16, 1024])
        {
            text.AppendLine(await MeasureAsync($"{octets:N0} octets, {DurableQueue.Outstanding} outstanding, consumed and acknowledged", root, work, async row =>
            {
                await row.LoadAsync(octets, (long)messages);
                return messages;
            }));
        }

        text.AppendLine(await MeasureAsync("16 octets, one at a time", root, work, async row => (await row.SingleAsync(16, seconds: 2, isPersistent: true)).Count));
        return text.ToString();
    }

    private static async Task<string> MeasureAsync(string name, string root, WorkFolder work, Func<DurableRow, Task<long>> load)
    {
        Console.Error.WriteLine(name);
        var output = Path.Combine(work.Path, "strace");
        File.Delete(output);
        var confirmed = 0L;
        // -D: the broker stays the process that was started, and hears the signal that ends it.
        await using (var broker = await Compare.Broker.StartAsync(
            "warren", root, work.New("warren"), "strace", "-D", "-f", "--seccomp-bpf", "-c", "-e", "trace=fdatasync,fsync,pwrite64", "-o", output))
        {
            await using var row = await DurableRow.StartAsync("warren", "Warren", broker.Uri, "classic");
            confirmed = await load(row);
        }

        var calls = await ReadAsync(output);
        var syncs = calls.GetValueOrDefault("fdatasync");
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {confirmed:N0} | {syncs:N0} | {calls.GetValueOrDefault("fsync"):N0} | {calls.GetValueOrDefault("pwrite64"):N0} | {(syncs == 0 ? 0 : confirmed / (double)syncs):N1} |");
    }

    // % time     seconds  usecs/call     calls    errors syscall
    private static async Task<Dictionary<string, long>> ReadAsync(string file)
    {
        using var deadline = new CancellationTokenSource(WritingTime);
        while (!File.Exists(file) || !(await File.ReadAllTextAsync(file, deadline.Token)).Contains(" total", StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token); // It writes when the broker has ended.
        var calls = new Dictionary<string, long>();
        foreach (var line in await File.ReadAllLinesAsync(file, deadline.Token))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 5 && long.TryParse(words[3], CultureInfo.InvariantCulture, out var count)) calls[words[^1]] = count;
        }

        return calls;
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
