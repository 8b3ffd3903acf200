namespace Warren.Engine;

/// <summary>
/// All deadlines of a virtual host in a heap, the earliest first. Setting, moving and clearing one takes a time that grows with the logarithm
/// of their number; knowing the next one takes none, and what has no deadline is never looked at.
/// </summary>
internal sealed class DeadlineHeap
{
    /// <summary>How many deadlines one step runs; the rest comes with the next one, so that no step gets long.</summary>
    private const int MaxPerStep = 1024;

    private Deadline[] _heap = [];
    private int _count;

    /// <summary>When the next one is due; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextTicks { get; private set; } = long.MaxValue;

    /// <summary>Sets a deadline, or moves it.</summary>
    public void Set(Deadline deadline, long dueTicks)
    {
        if (!deadline.IsSet)
        {
            if (_count == _heap.Length)
                Array.Resize(ref _heap, Math.Max(4, _count * 2));
            deadline.Slot = _count;
            _heap[_count++] = deadline;
        }
        deadline.DueTicks = dueTicks;
        Settle(deadline);
    }

    /// <summary>Takes a deadline out; one that is not set is no error.</summary>
    public void Clear(Deadline deadline)
    {
        var slot = deadline.Slot;
        if (slot < 0)
            return;
        deadline.Slot = -1;
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (last != deadline)
        {
            last.Slot = slot;
            _heap[slot] = last;
            Settle(last);
        }
        NextTicks = _count == 0 ? long.MaxValue : _heap[0].DueTicks;
    }

    /// <summary>Runs what is due.</summary>
    public void Run(long nowTicks)
    {
        for (var left = MaxPerStep; left > 0 && NextTicks <= nowTicks; left--)
        {
            var first = _heap[0];
            Clear(first);
            first.Reach();
        }
    }

    private void Settle(Deadline deadline)
    {
        SiftUp(deadline);
        SiftDown(deadline);
        NextTicks = _heap[0].DueTicks;
    }

    private void SiftUp(Deadline deadline)
    {
        while (deadline.Slot > 0 && _heap[(deadline.Slot - 1) / 2] is var parent && parent.DueTicks > deadline.DueTicks)
            Swap(parent, deadline);
    }

    private void SiftDown(Deadline deadline)
    {
        while ((deadline.Slot * 2) + 1 is var child && child < _count)
        {
            if (child + 1 < _count && _heap[child + 1].DueTicks < _heap[child].DueTicks)
                child++;
            if (_heap[child].DueTicks >= deadline.DueTicks)
                return;
            Swap(deadline, _heap[child]);
        }
    }

    private void Swap(Deadline upper, Deadline lower)
    {
        (upper.Slot, lower.Slot) = (lower.Slot, upper.Slot);
        _heap[upper.Slot] = upper;
        _heap[lower.Slot] = lower;
    }
}
