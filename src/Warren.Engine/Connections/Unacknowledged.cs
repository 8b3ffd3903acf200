namespace Warren.Engine;

/// <summary>
/// A channel's deliveries that wait for their acknowledgement, in the order of their tags, in a ring. Tags mostly follow each other, so the
/// slot of a tag is known at once; where deliveries without acknowledgement lie between, it is searched by halves.
/// </summary>
internal sealed class Unacknowledged
{
    private const int SmallestRing = 16;

    private Delivery[] _ring = [];
    private int _head;
    private int _slots; // Settled ones between the first and the last included.

    /// <summary>How many deliveries wait.</summary>
    public int Count { get; private set; }

    /// <summary>How many slots there are to walk with <see cref="At"/>, settled ones included.</summary>
    public int Slots => _slots;

    public ref Delivery At(int slot) => ref _ring[(_head + slot) & (_ring.Length - 1)];

    public void Add(in Delivery delivery)
    {
        if (_slots == _ring.Length)
            MakeRoom();
        _ring[(_head + _slots++) & (_ring.Length - 1)] = delivery;
        Count++;
    }

    /// <summary>The slot of a tag that waits and is not settled in an open transaction, or -1.</summary>
    public int Find(ulong tag)
    {
        var slot = FindSlot(tag);
        return slot >= 0 && At(slot) is { Message: not null, IsInTransaction: false } ? slot : -1;
    }

    /// <summary>Takes out the delivery of this tag, whether in a transaction or not.</summary>
    public bool TryTake(ulong tag, out Delivery delivery)
    {
        var slot = FindSlot(tag);
        if (slot < 0 || At(slot).Message is null)
        {
            delivery = default;
            return false;
        }
        ref var found = ref At(slot);
        delivery = found;
        found.Message = null;
        Count--;
        if (slot == 0)
            DropSettledHead();
        return true;
    }

    /// <summary>Takes out the oldest delivery whose tag is not above this one.</summary>
    public bool TryTakeFirst(ulong upToTag, out Delivery delivery)
    {
        if (Count == 0 || At(0).Tag > upToTag)
        {
            delivery = default;
            return false;
        }
        delivery = At(0);
        At(0).Message = null;
        Count--;
        DropSettledHead();
        return true;
    }

    public bool TryPeekOldest(out long deliveredAtTicks)
    {
        deliveredAtTicks = Count == 0 ? 0 : At(0).DeliveredAtTicks;
        return Count != 0;
    }

    /// <summary>The tags of a consumer's deliveries, as of now.</summary>
    public IReadOnlyList<ulong> TagsOf(Consumer consumer)
    {
        var tags = new List<ulong>();
        for (var slot = 0; slot < _slots; slot++)
        {
            ref var delivery = ref At(slot);
            if (delivery.Message is not null && delivery.Consumer == consumer)
                tags.Add(delivery.Tag);
        }
        return tags;
    }

    // Tags rise by at least one from slot to slot, so a tag's slot is at most its distance from the first tag.
    private int FindSlot(ulong tag)
    {
        if (_slots == 0 || tag < At(0).Tag)
            return -1;
        var high = (int)Math.Min(tag - At(0).Tag, (ulong)(_slots - 1));
        if (At(high).Tag == tag)
            return high;
        var low = 0;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = At(middle).Tag;
            if (found == tag)
                return middle;
            if (found < tag)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }

    // The first slot is never a settled one, so the oldest delivery is always at hand.
    private void DropSettledHead()
    {
        while (_slots > 0 && At(0).Message is null)
        {
            At(0) = default;
            _head = (_head + 1) & (_ring.Length - 1);
            _slots--;
        }
    }

    // Where half of the slots are settled, a client holds old deliveries and settles younger ones: the holes go before the ring grows.
    private void MakeRoom()
    {
        var larger = Count > _slots / 2 || _slots < SmallestRing ? new Delivery[Math.Max(SmallestRing, _ring.Length * 2)] : new Delivery[_ring.Length];
        var kept = 0;
        for (var slot = 0; slot < _slots; slot++)
        {
            if (At(slot).Message is not null)
                larger[kept++] = At(slot);
        }
        _ring = larger;
        _head = 0;
        _slots = kept;
    }
}
