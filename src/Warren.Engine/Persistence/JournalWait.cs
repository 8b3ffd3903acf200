namespace Warren.Engine;

/// <summary>Somebody who goes on when what was appended is on disk.</summary>
internal abstract class JournalWait
{
    /// <summary>True from the moment it was opened to the end of the batch; owned by <see cref="JournalWaits"/>.</summary>
    public bool IsOpen { get; set; }

    /// <summary>The batch ends: what it waits for ends at this position.</summary>
    public abstract void Close(long position);

    /// <summary>Everything up to this position is on disk.</summary>
    public abstract void Reach(long position);
}
