namespace Warren.Store;

/// <summary>Who is told what becomes of a journal: on the writer's thread, so each call must be short and must not throw.</summary>
public interface IJournalOwner
{
    /// <summary>Everything that was appended up to this position, and sealed, is on disk.</summary>
    void Persisted(long position);

    /// <summary>There is room again, after <see cref="Journal.IsFull"/> was true.</summary>
    void HasRoom();

    /// <summary>
    /// The disk has no room for the next segment, or the process no descriptor. As long as the reserve lasts the journal goes on, so that removals get through and make room; then what is
    /// appended waits. It goes on by itself.
    /// </summary>
    void DiskFull(DiskException reason);

    /// <summary>There is room on the disk again.</summary>
    void DiskHasRoom();

    /// <summary>Something that was on disk can no longer be read; found while the journal is in use.</summary>
    void Damaged(Damage damage);

    /// <summary>
    /// A write or a sync failed, or the writer met something that nobody thought of: nothing that was not reported persisted will ever be, and the process must end. A new one recovers what is on disk.
    /// </summary>
    void Failed(Exception reason);
}
