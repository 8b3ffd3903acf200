using System.Diagnostics;
using System.Net.Sockets;
using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;
using Warren.Crashes.Loads;

namespace Warren.Crashes.Stages;

/// <summary>S4: a full disk, a disk that fails, a slow one, no more file descriptors, a process that stands still, two processes on one folder.</summary>
internal sealed class OtherFaults : IStage
{
    private const int DiskFailed = 70;    // Warren.Cli's exit codes.
    private const int FolderRefused = 73;

    public string Name => "S4";

    public string Title => "disk full, EIO, slow disk, EMFILE, SIGSTOP, two on one folder";

    public string? Missing(CrashOptions options) => options.RabbitMq ? "it is made for Warren's broker" : !OperatingSystem.IsLinux() ? "it needs Linux" : null;

    public async Task<StageResult> RunAsync(CrashOptions options, CancellationToken stopping)
    {
        var result = new StageResult();
        var strace = Strace.Missing;
        (string Name, string? Missing, Func<CrashOptions, Folder, StageResult, Task> Try)[] faults =
        [
            ("disk full", Environment.IsPrivilegedProcess ? null : "mounting needs root", FillAsync),
            ("fdatasync fails with EIO", strace, FailAsync),
            ("fdatasync takes 50 ms", strace, SlowAsync),
            ("no file descriptors left", null, ExhaustAsync),
            ("SIGSTOP for up to 2 s", null, FreezeAsync),
            ("two processes on one folder", null, StartTwiceAsync),
        ];
        foreach (var (name, missing, fault) in faults.TakeWhile(_ => !stopping.IsCancellationRequested))
        {
            if (missing is null)
                await TryAsync(options, name, fault, result);
            else
                result.Note($"{name}: SKIPPED, {missing}");
        }
        return result;
    }

    private static async Task TryAsync(CrashOptions options, string name, Func<CrashOptions, Folder, StageResult, Task> fault, StageResult result)
    {
        var small = name == "disk full" ? await Mount.SmallAsync(160 << 20) : null;
        var path = small?.Folder ?? Leftovers.NewFolder();
        try
        {
            var folder = Folder.Create(options, Path.Combine(path, "data"), options.Seed, result);
            await fault(options, folder, result);
            result.Cycle();
            await folder.SettleAsync($"S4, {name}");
        }
        catch (Exception e) when (e is InvalidOperationException || Lost.Is(e))
        {
            result.Break($"{name}: {e.Message}");
        }
        finally
        {
            if (small is not null)
                await small.DisposeAsync();
            else
                Leftovers.Delete(path);
        }
    }

    // All room but a little is taken by another file, until the broker takes no more; then it gets it back, and goes on without a restart.
    private static async Task FillAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await folder.StartAsync();
        await using var load = await folder.BeginLoadAsync(broker);
        await Task.Delay(300);
        var other = Path.Combine(Path.GetDirectoryName(folder.Path)!, "other");
        Fill(other);
        await using var client = await options.ConnectAsync(broker.Uri);
        var channel = await client.OpenChannelAsync();
        var stands = await FloodAsync(channel, folder, result);
        File.Delete(other);
        if (!await MoreConfirmsAsync(folder))
            result.Break("disk full: nothing was confirmed within 10 s after there was room again");
        await stands.WaitAsync(TimeSpan.FromSeconds(20));
        if (!load.IsConnected)
            result.Break("disk full: a connection was lost");
        await broker.KillAsync();
    }

    // Into a queue that nobody reads, until a confirm does not come; returns what waits for it.
    private static async Task<Task> FloodAsync(IClientChannel channel, Folder folder, StageResult result)
    {
        for (var i = 0; i < 3_000; i++)
        {
            var (number, body) = folder.Ledger.Publish(Topology.Marks, lane: -1, octets: 100_000);
            var settling = SettleAsync(folder, number, await channel.PublishAsync("", Topology.Marks, body));
            if (await Task.WhenAny(settling, Task.Delay(2_000)) != settling)
            {
                result.Note($"disk full: after {i} more messages of 100 kB publishers had to wait, and went on when there was room");
                return settling;
            }
        }
        result.Break("disk full: publishers never had to wait");
        return Task.CompletedTask;
    }

    private static async Task SettleAsync(Folder folder, long number, Task<PublishEnd> end)
    {
        if (await end == PublishEnd.Confirmed)
            folder.Ledger.Confirm(number);
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path);
        var octets = new byte[64 << 10];
        try
        {
            while (true)
            {
                file.Write(octets);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task FailAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await WarrenProcess.StartAsync(folder.Path, Strace.Inject(["fdatasync", "fsync"], "error=EIO:when=60+"));
        await Lost.UntilAsync(async () =>
        {
            await using var load = await folder.BeginLoadAsync(broker);
            await broker.ExitAsync();
        });
        var code = await broker.ExitAsync();
        if (code != DiskFailed)
            result.Break($"EIO: exit code {code}, not {DiskFailed}: {broker.Words}");
    }

    private static async Task SlowAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await WarrenProcess.StartAsync(folder.Path, Strace.Inject(["fdatasync", "fsync"], "delay_exit=50000"));
        await using var load = await folder.BeginLoadAsync(broker);
        await Task.Delay(3_000);
        if (!load.IsConnected)
            result.Break("slow disk: a connection was lost");
        if (!await MoreConfirmsAsync(folder))
            result.Break("slow disk: nothing was confirmed any more");
        await broker.KillAsync();
    }

    private static async Task ExhaustAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await WarrenProcess.StartAsync(folder.Path, ["prlimit", "--nofile=256"]);
        await using var load = await folder.BeginLoadAsync(broker);
        var idle = new List<TcpClient>();
        for (var i = 0; i < 300; i++)
        {
            var client = new TcpClient();
            idle.Add(client);
            await Lost.UntilAsync(() => client.ConnectAsync(broker.Uri.Host, broker.Uri.Port).WaitAsync(TimeSpan.FromSeconds(1)));
        }
        if (!await MoreConfirmsAsync(folder) || !load.IsConnected)
            result.Break("no file descriptors: connections that were there do not work any more");
        if (!broker.Words.Contains("No more connections are accepted", StringComparison.Ordinal))
            result.Break($"no file descriptors: the broker does not say so: {broker.Words}");
        idle.ForEach(static client => client.Dispose());
        var again = Stopwatch.GetTimestamp();
        while (!await CanConnectAsync(options, broker.Uri))
        {
            if (Stopwatch.GetElapsedTime(again) > TimeSpan.FromSeconds(20))
            {
                result.Break("no file descriptors: nobody can connect 20 s after there were some again");
                break;
            }
        }
        await broker.KillAsync();
    }

    private static async Task<bool> CanConnectAsync(CrashOptions options, Uri broker)
    {
        try
        {
            await using var client = await options.ConnectAsync(broker);
            return true;
        }
        catch (Exception e) when (Lost.Is(e))
        {
            return false;
        }
    }

    private static async Task FreezeAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await folder.StartAsync();
        await using var load = await folder.BeginLoadAsync(broker);
        foreach (var milliseconds in (int[])[100, 500, 2_000])
        {
            await Task.Delay(100);
            Signals.Send(broker.ProcessId, Signals.Stop);
            await Task.Delay(milliseconds);
            Signals.Send(broker.ProcessId, Signals.Continue);
            if (!await MoreConfirmsAsync(folder) || !load.IsConnected)
                result.Break($"SIGSTOP for {milliseconds} ms: the connections do not work any more");
        }
        await broker.KillAsync();
    }

    private static async Task StartTwiceAsync(CrashOptions options, Folder folder, StageResult result)
    {
        await using var broker = await folder.StartAsync();
        await using var load = await folder.BeginLoadAsync(broker);
        await using (var second = WarrenProcess.Launch(folder.Path))
        {
            if (await second.IsReadyAsync())
                result.Break("two processes: the second one serves the folder too");
            else if (await second.ExitAsync() is var code && code != FolderRefused)
                result.Break($"two processes: the second ended with {code}, not {FolderRefused}: {second.Words}");
        }
        if (!await MoreConfirmsAsync(folder) || !load.IsConnected)
            result.Break("two processes: the first one was disturbed");
        await broker.KillAsync();
    }

    private static async Task<bool> MoreConfirmsAsync(Folder folder)
    {
        var (confirmed, begun) = (folder.Ledger.Confirms, Stopwatch.GetTimestamp());
        while (folder.Ledger.Confirms == confirmed)
        {
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(10))
                return false;
            await Task.Delay(10);
        }
        return true;
    }
}
