namespace Warren.Engine;

/// <summary>
/// The moment when a queue looks at its first message again, because it may have expired. It may come too early, after the first message
/// was taken, but never too late: so most messages that are taken in time move nothing in the heap.
/// </summary>
internal sealed class HeadExpiry(QueueKeeper keeper, DeadlineHeap deadlines) : Deadline
{
    /// <summary>The queue's first message expires at this moment.</summary>
    public void Watch(long dueTicks)
    {
        if (!IsSet || dueTicks < DueTicks)
            deadlines.Set(this, dueTicks);
    }

    public override void Reach() => keeper.TrimSome();
}
