using Warren.Crashes.Books;
using Warren.Crashes.Brokers;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Stages;

/// <summary>
/// S3: the power fails. The broker's folder is an ext4 on a loop device; a copy of the image is what the disk holds at that moment, without anything that was
/// not synced. The broker stands still meanwhile, and the copy is compared: one of an image that changes would be what no disk ever held.
/// </summary>
internal sealed class PowerCuts : IStage
{
    private const long ImageOctets = 192 << 20;
    private const int CutsPerImage = 10; // Then another folder: it fills up.

    public string Name => "S3";

    public string Title => "power cut, and a second one during recovery";

    public string? Missing(CrashOptions options) =>
        options.RabbitMq ? "it is made for Warren's broker"
        : !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "mounting needs root"
        : options.LyingDisk && Strace.Missing is { } missing ? missing
        : !File.Exists("/dev/loop-control") ? "there are no loop devices"
        : null;

    public async Task<StageResult> RunAsync(CrashOptions options, CancellationToken stopping)
    {
        var result = new StageResult();
        var work = Leftovers.NewFolder();
        try
        {
            for (var done = 0; done < options.Cuts && !stopping.IsCancellationRequested; done += CutsPerImage)
                await CutAsync(options, work, options.Seed + done, Math.Min(CutsPerImage, options.Cuts - done), result, stopping);
        }
        finally
        {
            Leftovers.Delete(work);
        }
        return result;
    }

    private static async Task CutAsync(CrashOptions options, string work, int seed, int cuts, StageResult result, CancellationToken stopping)
    {
        var random = new Random(seed);
        var image = Path.Combine(work, "disk");
        await Mount.MakeAsync(image, ImageOctets);
        await using var mount = await Mount.ImageAsync(image);
        var folder = Folder.Create(options, Path.Combine(mount.Folder, "data"), seed, result);
        await using var broker = options.LyingDisk
            ? await WarrenProcess.StartAsync(folder.Path, Strace.Inject(["fdatasync", "fsync"], "retval=0"))
            : await folder.StartAsync();
        await using var load = await folder.BeginLoadAsync(broker);
        for (var i = 0; i < cuts && !stopping.IsCancellationRequested; i++)
        {
            await Task.Delay(random.Next(20, 400), CancellationToken.None);
            var copy = Path.Combine(work, "cut");
            var (before, after) = await CopyAsync(broker, folder.Ledger, image, copy);
            result.Cycle();
            await RecoverAsync(options, work, copy, folder, before, after, random, $"S3, seed {seed}, cut {i}", result);
        }
        await broker.KillAsync();
    }

    // The moments between which the copy was made.
    private static async Task<(long Before, long After)> CopyAsync(IBroker broker, Ledger ledger, string image, string copy)
    {
        var before = ledger.Mark();
        Signals.Send(broker.ProcessId, Signals.Stop);
        try
        {
            do
            {
                await Tool.RunAsync("cp", "--sparse=always", image, copy);
            }
            while (!await AreEqualAsync(image, copy));
            return (before, ledger.Mark());
        }
        finally
        {
            Signals.Send(broker.ProcessId, Signals.Continue);
        }
    }

    private static async Task<bool> AreEqualAsync(string image, string copy)
    {
        try
        {
            await Tool.RunAsync("cmp", "--silent", image, copy);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // The broker is started on the copy, cut off once more while it recovers, and then everything is compared.
    private static async Task RecoverAsync(
        CrashOptions options, string work, string copy, Folder folder, long before, long after, Random random, string where, StageResult result)
    {
        var ledger = folder.Ledger.AsOf(before, after);
        var book = folder.Book.AsOf(ledger, before, after);
        var second = Path.Combine(work, "cut2");
        await using (var mount = await Mount.ImageAsync(copy))
        {
            await using var broker = WarrenProcess.Launch(Path.Combine(mount.Folder, "data"));
            await Task.Delay(random.Next(50, 500));
            await CopyAsync(broker, ledger, copy, second);
            result.Cycle();
        }
        await using var again = await Mount.ImageAsync(second);
        try
        {
            await new Folder(options, Path.Combine(again.Folder, "data"), random, result, ledger, book).SettleAsync(where);
        }
        catch (Exception e) when (e is InvalidOperationException || Lost.Is(e))
        {
            result.Break($"{where}: {e.Message}");
        }
    }
}
