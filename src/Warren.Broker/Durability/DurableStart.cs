using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Warren.Store;

namespace Warren.Broker;

/// <summary>The start of a broker that has a data folder.</summary>
internal static class DurableStart
{
    /// <summary>Takes the folder and reads it; null where nothing is kept.</summary>
    /// <exception cref="JournalException">The folder cannot be used.</exception>
    /// <exception cref="DiskException">The disk does not do its work.</exception>
    public static BrokerJournal? Open(BrokerOptions options)
    {
        var disk = options.Disk ?? (options.DataFolder is { } folder ? SystemDisk.Open(folder) : null);
        return disk is null ? null : BrokerJournal.Open(disk, options.Journal);
    }

    /// <summary>Makes of it what was there, before anybody connects and before <see cref="BrokerJournal.Start"/>.</summary>
    public static void Recover(BrokerTurn turn, BrokerJournal journal, BrokerOptions options, ILogger log)
    {
        var found = turn.Do(() =>
        {
            var found = new BrokerRecovery(turn, journal, options.Profile, log).Run();
            FirstUsers.Start(turn, options, found.AreUsersKept);
            turn.Durability!.DefinitionsChanged();
            return found;
        });
        Report(found, journal.Found, options.DataFolder ?? "", (long)Stopwatch.GetElapsedTime(journal.OpenedAt).TotalMilliseconds, log);
    }

    private static void Report(RecoveredFolder found, RecoveryReport journal, string folder, long milliseconds, ILogger log)
    {
        if (!found.IsNew)
            Log.Recovered(log, folder, found.Messages, found.Queues, found.Exchanges, found.Bindings, found.VirtualHosts, journal.Octets, milliseconds);
        if (journal.TornTail is { } torn)
            Log.TornTail(log, folder, torn.ToString());
        foreach (var damage in found.Damages)
            Log.Damaged(log, damage);
    }
}
