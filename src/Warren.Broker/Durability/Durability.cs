using System.Text.Json;
using Microsoft.Extensions.Logging;
using Warren.Engine;
using Warren.Store;

namespace Warren.Broker;

/// <summary>
/// What a broker with a data folder does more in its turn than one without: hears what the disk has done, keeps what is defined, seals each batch, and stops whoever publishes
/// faster than the disk writes. Owned by the turn.
/// </summary>
internal sealed class Durability(BrokerTurn turn, BrokerJournal journal, AlarmWatch alarms, Profile profile, ILogger log)
{
    // For operators, whose call returns when what they changed is on disk.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDefinitionChanged;
    private bool _hasFailed;

    /// <summary>Who has to wait before more is published.</summary>
    public PublishStop PublishStop { get; } = new();

    /// <summary>Faults when the disk has failed, and nothing is kept any more.</summary>
    public Task Failed => _failed.Task;

    /// <summary>Wakes whoever ends a batch of the turn soon; see <see cref="JournalNews.Ring"/>.</summary>
    public Action? Ring
    {
        set => journal.News.Ring = value;
    }

    /// <summary>True while somebody waits for the disk; from any thread.</summary>
    public bool IsAwaited => journal.IsAwaited;

    /// <summary>Something that is defined has changed: it is kept at the end of this batch.</summary>
    public void DefinitionsChanged() => _isDefinitionChanged = true;

    /// <summary>A batch ends: first whoever has waited for the disk goes on.</summary>
    public void Hear()
    {
        if (!journal.News.Take())
            return;
        var news = journal.News;
        if (news.Failure is { } failure)
        {
            Fail(failure);
            return;
        }
        journal.Reach(news.PersistedPosition, turn.Now);
        if (news.TakeRoom())
            PublishStop.End();
        alarms.SeeJournal(news.Full, turn.Now);
        while (news.TryTake(out var damage))
            Log.Damaged(log, damage!.ToString());
    }

    /// <summary>A batch ends: what it has appended may be written.</summary>
    public void Seal()
    {
        if (_isDefinitionChanged)
            KeepDefinitions();
        if (journal.Seal() && journal.IsFull)
            PublishStop.Begin();
    }

    /// <summary>Waits outside of the turn until what is kept so far is on disk.</summary>
    /// <exception cref="JournalException">The disk has failed, or the broker has stopped.</exception>
    /// <exception cref="TimeoutException">It takes longer than 30 s, as on a disk without room. It is done all the same, and kept when the disk goes on.</exception>
    public void AwaitDisk(long position)
    {
        if (journal.News.AwaitPersisted(position, s_longestWait))
            return;
        if (journal.News.Failure is { } failure)
            throw new JournalException($"It was done, and is not kept: {failure.Message}", failure);
        if (journal.News.HasEnded)
            throw new JournalException("It was done, and is not kept: the broker has stopped.");
        throw new TimeoutException($"It was done, and is not on disk after {s_longestWait.TotalSeconds:0} s.");
    }

    /// <summary>Where the journal stands.</summary>
    public long Position => journal.Position;

    private void KeepDefinitions()
    {
        _isDefinitionChanged = false;
        var kept = new KeptJson(
            new DefinitionsExport(turn, turn.Globals, profile, withTopologies: false).Run(),
            turn.VirtualHosts.Names.ToDictionary(static name => name, name => turn.VirtualHosts.Require(name).Journal!.Number),
            journal.LastNumber,
            [.. turn.Users.All.Where(static user => user.Account.LoopbackOnly).Select(static user => user.Account.Name)]);
        journal.PutDefinitions(JsonSerializer.SerializeToUtf8Bytes(kept, KeptContext.Default.KeptJson));
    }

    // Nobody gets a confirm any more: whoever waits for one learns by the end of the connection that it does not come.
    private void Fail(Exception failure)
    {
        if (_hasFailed)
            return;
        _hasFailed = true;
        Log.JournalFailed(log, failure, failure.Message);
        turn.Departures.Stop();
        turn.Departures.DropAll();
        _failed.TrySetException(new JournalException($"The disk has failed, so the broker has ended: {failure.Message}", failure));
    }
}
