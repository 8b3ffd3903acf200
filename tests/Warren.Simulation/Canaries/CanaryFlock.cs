using Warren.Engine;

namespace Warren.Simulation;

/// <summary>All seeded bugs.</summary>
internal static class CanaryFlock
{
    public static IReadOnlyList<Canary> All { get; } =
    [
        new("files are never synced") { Disk = static disk => new BrokenDisks.WithoutSync(disk) },
        new("every other sync is left out") { Disk = static disk => new BrokenDisks.WithHalfTheSyncs(disk) },
        new("the folder is never synced") { Disk = static disk => new BrokenDisks.WithoutDirectorySync(disk) },
        new("a failed sync is tried again and believed") { Disk = static disk => new BrokenDisks.WithSecondSync(disk) },
        new("a failed write is taken for a good one") { Disk = static disk => new BrokenDisks.WithoutWriteErrors(disk) },
        new("long writes lose their last octets") { Disk = static disk => new BrokenDisks.WithShortWrites(disk) },
        new("a closed segment is cut off too early") { Disk = static disk => new BrokenDisks.CutTooShort(disk) },
        new("recovery overlooks the newest segment") { Disk = static disk => new BrokenDisks.WithoutNewestSegment(disk) },
        new("compaction deletes a segment that is needed") { Disk = static disk => new BrokenDisks.DeletingTooMuch(disk) },
        new("compaction deletes nothing") { Disk = static disk => new BrokenDisks.DeletingNothing(disk) },
        new("the journal's failure is ignored") { IgnoresFailure = true },
        new("persisted is told too far") { Persisted = static (_, appended) => appended },
        new("persisted is told one too far") { Persisted = static (told, _) => told + 1 },
        new("persisted is told before anything is written") { PersistsAtOnce = true },
        new("confirms wait for too little") { Journal = static (journal, _) => new BrokenJournals.CountingTooLittle(journal) },
        new("a step is sealed in its middle") { Journal = static (journal, seal) => new BrokenJournals.SealingInTheMiddle(journal, seal) },
        new("messages are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Message) },
        new("every fifth message is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Message, 5) },
        new("one of two places is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Entry, 2) },
        new("watermarks are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Watermark) },
        new("returns are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Returns) },
        new("bindings are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Binding) },
        new("exchanges are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutAdd(journal, RecordKind.Exchange) },
        new("acknowledgements and purges are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutRemove(journal, RecordKind.Message) },
        new("a place's end is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutRemove(journal, RecordKind.Entry) },
        new("unbinding is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutRemove(journal, RecordKind.Binding) },
        new("a queue's deletion is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutRemove(journal, RecordKind.Queue) },
        new("an exchange's deletion is not written") { Journal = static (journal, _) => new BrokenJournals.WithoutRemove(journal, RecordKind.Exchange) },
        new("replacements are not written") { Journal = static (journal, _) => new BrokenJournals.WithoutReplace(journal) },
        new("a replacement becomes a second record") { Journal = static (journal, _) => new BrokenJournals.AddingInsteadOfReplacing(journal) },
        new("another message than the acknowledged one is removed") { Journal = static (journal, _) => new BrokenJournals.RemovingTheWrongOne(journal) },
        new("a record is removed twice") { Journal = static (journal, _) => new BrokenJournals.RemovingTwice(journal) },
        new("a message is written twice") { Journal = static (journal, _) => new BrokenJournals.AddingTwice(journal) },
        new("bodies lose an octet in the journal") { Journal = static (journal, _) => new BrokenJournals.ShorteningBodies(journal) },
        new("bodies change in the journal") { Journal = static (journal, _) => new BrokenJournals.ChangingBodies(journal) },
        new("recovery loses every fourth message") { Recovery = static () => new BrokenRecoveries.Losing(RecordKind.Message, 4) },
        new("recovery forgets watermarks") { Recovery = static () => new BrokenRecoveries.Losing(RecordKind.Watermark) },
        new("recovery forgets returns") { Recovery = static () => new BrokenRecoveries.Losing(RecordKind.Returns) },
        new("recovery forgets every second binding") { Recovery = static () => new BrokenRecoveries.Losing(RecordKind.Binding, 2) },
        new("recovery swaps neighbours") { Recovery = static () => new BrokenRecoveries.Swapping() },
        new("recovery shortens messages") { Recovery = static () => new BrokenRecoveries.Shortening() },
        new("recovery brings deleted queues back") { Recovery = static () => new BrokenRecoveries.Resurrecting() },
        new("deliveries never say redelivered") { Frame = BrokenFrames.ForgetRedelivered },
        new("a refused message is confirmed") { Frame = BrokenFrames.ConfirmTheRefused },
        new("a confirmed message is refused") { Frame = BrokenFrames.RefuseTheConfirmed },
        new("a confirm is for another message") { Frame = BrokenFrames.ConfirmAnother },
        new("an octet of a delivery changes") { Frame = BrokenFrames.ChangeBodies },
    ];
}
