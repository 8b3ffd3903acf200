namespace Warren.Engine;

/// <summary>Something that happens at a moment unless it is moved or cleared before.</summary>
internal abstract class Deadline
{
    /// <summary>When, in ticks of the host's time; owned by <see cref="DeadlineHeap"/>, as the slot.</summary>
    public long DueTicks { get; set; }

    /// <summary>Where it stands in the heap, or -1.</summary>
    public int Slot { get; set; } = -1;

    public bool IsSet => Slot >= 0;

    /// <summary>The moment has come. It is no longer set, and may set itself again.</summary>
    public abstract void Reach();
}
