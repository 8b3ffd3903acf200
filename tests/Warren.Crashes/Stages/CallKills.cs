using System.Globalization;
using System.Text.RegularExpressions;
using Warren.Crashes.Brokers;
using Warren.Crashes.Loads;

namespace Warren.Crashes.Stages;

/// <summary>S2: SIGKILL at the n-th system call that changes the folder, for every n of a fixed script.</summary>
internal sealed partial class CallKills : IStage
{
    public string Name => "S2";

    public string Title => "kill -9 at the n-th system call";

    public string? Missing(CrashOptions options) => options.RabbitMq ? "it is made for Warren's calls" : Strace.Missing;

    public async Task<StageResult> RunAsync(CrashOptions options, CancellationToken stopping)
    {
        var result = new StageResult();
        var all = await CountAsync(options);
        var random = new Random(options.Seed);
        random.Shuffle(all);
        var points = all.Take(options.Calls).ToArray();
        result.Note($"the script makes {all.Length} calls, of which {points.Length} were its last: " + string.Join(", ", points.GroupBy(point => point.Call).Select(group => $"{group.Key} {group.Count()}")));
        var missed = 0;
        await Parallel.ForEachAsync(points, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel }, async (point, _) =>
        {
            if (stopping.IsCancellationRequested)
                return;
            if (!await KillAsync(options, point.Call, point.N, result))
                Interlocked.Increment(ref missed);
            result.Cycle();
        });
        if (missed > 0)
            result.Note($"{missed} of them were not reached, as groups of writes differ a little: killed at the script's end");
        if (missed > points.Length / 4)
            result.Break("too many calls were not reached: this is not what it says it is");
        return result;
    }

    // Counted as strace counts: per thread, and per call.
    private static async Task<(string Call, int N)[]> CountAsync(CrashOptions options)
    {
        var (path, file) = (Leftovers.NewFolder(), Path.GetTempFileName());
        try
        {
            var folder = Folder.Create(options, path, options.Seed, new StageResult());
            await using (var broker = await WarrenProcess.StartAsync(path, Strace.Record(Strace.Changes, file)))
            {
                await using var client = await options.ConnectAsync(broker.Uri);
                await new Script(folder.Ledger, folder.Book, client).RunAsync();
            }
            return [.. File.ReadLines(file).Select(line => Line().Match(line)).Where(match => match.Success)
                .GroupBy(match => (Thread: match.Groups[1].Value, Call: match.Groups[2].Value))
                .GroupBy(group => group.Key.Call, group => group.Count())
                .SelectMany(call => Enumerable.Range(1, call.Max()).Select(n => (call.Key, n)))];
        }
        finally
        {
            File.Delete(file);
            Leftovers.Delete(path);
        }
    }

    // False when the script ended before the call was reached.
    private static async Task<bool> KillAsync(CrashOptions options, string call, int n, StageResult result)
    {
        var path = Leftovers.NewFolder();
        try
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"S2, {call} {n}");
            var folder = Folder.Create(options, path, options.Seed + n, result);
            var isDone = false;
            await using (var broker = WarrenProcess.Launch(path, Strace.KillAt(call, n)))
            {
                if (await broker.IsReadyAsync())
                    await Clients.Lost.UntilAsync(async () => isDone = await RunAsync(options, folder, broker));
                await broker.KillAsync();
            }
            await folder.SettleAsync(where);
            return !isDone;
        }
        catch (InvalidOperationException e)
        {
            result.Break($"{call} {n}: {e.Message}");
            return true;
        }
        finally
        {
            Leftovers.Delete(path);
        }
    }

    private static async Task<bool> RunAsync(CrashOptions options, Folder folder, WarrenProcess broker)
    {
        await using var client = await options.ConnectAsync(broker.Uri);
        return await new Script(folder.Ledger, folder.Book, client).RunAsync();
    }

    [GeneratedRegex(@"^(\d+) +(\w+)\(")]
    private static partial Regex Line();
}
