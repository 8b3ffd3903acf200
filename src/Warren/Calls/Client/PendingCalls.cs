namespace Warren;

/// <summary>How the call that last had a slot ended; it tells what a reply is that comes after the end.</summary>
internal enum CallEnd : byte
{
    /// <summary>The slot is in use, or was never.</summary>
    None,

    /// <summary>By a reply.</summary>
    Replied,

    /// <summary>Without one.</summary>
    GivenUp,
}

/// <summary>
/// The calls under way: slots that are found by the number in the correlation id, so no dictionary, and nothing is allocated per call.
/// Whoever takes a call out ends it; nobody else can.
/// </summary>
internal sealed class PendingCalls(int limit, ulong firstGeneration)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<ParkedCall> _parked = []; // Calls that wait for a slot, in their order. Guarded by _gate, as everything below.
    private Slot[] _slots = new Slot[Math.Min(limit, 64)];
    private int[] _free = new int[Math.Min(limit, 64)];
    private int _freeCount;
    private int _used;                     // Slots that were ever in use.
    private int _count;
    private long _earliest = long.MaxValue; // No slot has to be looked at before this.
    private bool _watched;

    private struct Slot
    {
        public IPendingCall? Call;
        public SafeRequest? Request;
        public ulong Generation;
        public long CheckAt;
        public bool Warned;
        public bool TakesMany;
        public CallEnd LastEnd;
    }

    /// <summary>Calls that have a slot.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    public int Limit => limit;

    /// <summary>When <see cref="Expire"/> may have something to do, or a little earlier; <see cref="long.MaxValue"/> when never.</summary>
    public long NextDue
    {
        get
        {
            lock (_gate)
                return _earliest;
        }
    }

    /// <summary>Gives the call a slot and an id; false when the table is full.</summary>
    /// <param name="call">The call.</param>
    /// <param name="link">Where it is about to be written, or null; see <see cref="TryClaim"/>.</param>
    /// <param name="warnAt">When <see cref="Expire"/> tells that the deadline is near.</param>
    /// <param name="startWatching">True when nobody calls <see cref="Expire"/> at present.</param>
    public bool TryAdd(IPendingCall call, CallLink? link, long warnAt, out bool startWatching)
    {
        lock (_gate)
        {
            startWatching = !_watched;
            _watched = true;
            if (_parked.Count > 0 || !TryTakeSlot(out var index)) // Nobody overtakes those who wait.
                return false;
            Occupy(index, call, warnAt);
            call.Link = link;
            return true;
        }
    }

    /// <summary>
    /// The call is about to be written to this link; false when it has ended. Under the lock, so that whoever ends a call knows whether it
    /// may have been sent: "not executed" must never be said of a request that leaves a moment later.
    /// </summary>
    public bool TryClaim(IPendingCall call, CallLink link)
    {
        lock (_gate)
        {
            if (!call.HasSlot || _slots[call.Id.Slot].Call != call)
                return false;
            call.Link = link;
            return true;
        }
    }

    /// <summary>Completes when the call has got a slot, or has ended without.</summary>
    public Task ParkAsync(IPendingCall call, long warnAt)
    {
        lock (_gate)
        {
            if (call.HasSlot || call.Completion.IsCompleted)
                return Task.CompletedTask;
            if (_parked.Count == 0 && TryTakeSlot(out var index))
            {
                Occupy(index, call, warnAt);
                return Task.CompletedTask;
            }
            _earliest = Math.Min(_earliest, call.Deadline);
            return _parked.AddLast(new ParkedCall(call, warnAt)).Value.Task;
        }
    }

    /// <summary>Takes the call of this id out, unless it takes many replies: then it stays. Null when it is not there; <paramref name="lastEnd"/> tells what became of it, if anything is known.</summary>
    public IPendingCall? Take(CorrelationId id, CallEnd how, out CallEnd lastEnd)
    {
        lock (_gate)
        {
            lastEnd = CallEnd.None;
            if (id.Slot >= _used)
                return null;
            ref var slot = ref _slots[id.Slot];
            if (slot.Call is { } call && slot.Generation == id.Generation)
            {
                if (!slot.TakesMany || how != CallEnd.Replied)
                    Vacate(id.Slot, how);
                return call;
            }
            // An older generation ended some time ago; of the last one we know how. A later one does not exist yet: forged.
            var age = (slot.Generation - id.Generation) << CorrelationId.SlotBits;
            if (age == 0)
                lastEnd = slot.LastEnd;
            else if ((long)age > 0 && id.Generation - firstGeneration <= slot.Generation - firstGeneration)
                lastEnd = CallEnd.GivenUp;
            return null;
        }
    }

    /// <summary>Takes this call out, slot or no slot; false when it has ended already.</summary>
    public bool Take(IPendingCall call)
    {
        lock (_gate)
        {
            if (call.HasSlot)
            {
                if (_slots[call.Id.Slot].Call != call)
                    return false;
                Vacate(call.Id.Slot, CallEnd.GivenUp);
                return true;
            }
            for (var node = _parked.First; node is not null; node = node.Next)
            {
                if (node.Value.Call != call)
                    continue;
                Unpark(node);
                return true;
            }
            return false;
        }
    }

    /// <summary>Takes out every call whose request was written to this reply queue's connection.</summary>
    public void TakeAll(ReplyQueue replies, List<IPendingCall> taken)
    {
        lock (_gate)
        {
            for (var index = 0; index < _used; index++)
            {
                if (_slots[index].Call is not { Link: FastLink link } call || link.Replies != replies)
                    continue;
                Vacate(index, CallEnd.GivenUp);
                taken.Add(call);
            }
        }
    }

    /// <summary>The calls whose request was written to this link, in the order in which they were written. They stay.</summary>
    public List<IPendingCall> WrittenTo(CallLink link)
    {
        var written = new List<IPendingCall>();
        lock (_gate)
        {
            for (var index = 0; index < _used; index++)
            {
                if (_slots[index].Call is { } call && call.Link == link && call.Position != default)
                    written.Add(call);
            }
        }
        written.Sort(static (one, other) => one.Position.Octets.CompareTo(other.Position.Octets));
        return written;
    }

    /// <summary>The broker has the call's request, which is kept here in case that it has to be sent again; false when the call has ended.</summary>
    public bool TryKeep(IPendingCall call, SafeRequest request)
    {
        lock (_gate)
        {
            if (!call.HasSlot || _slots[call.Id.Slot].Call != call)
                return false;
            _slots[call.Id.Slot].Request = request;
            return true;
        }
    }

    /// <summary>The request does not stay here; false when it has gone already.</summary>
    public bool TryTakeBack(IPendingCall call, SafeRequest request)
    {
        lock (_gate)
        {
            if (_slots[call.Id.Slot].Request != request)
                return false;
            _slots[call.Id.Slot].Request = null;
            return true;
        }
    }

    /// <summary>All requests that are kept here, with their calls, which stay.</summary>
    public List<(IPendingCall Call, SafeRequest Request)> TakeBackAll()
    {
        var kept = new List<(IPendingCall Call, SafeRequest Request)>();
        lock (_gate)
        {
            foreach (ref var slot in _slots.AsSpan(0, _used))
            {
                if (slot is not { Call: { } call, Request: { } request })
                    continue;
                slot.Request = null;
                kept.Add((call, request));
            }
        }
        return kept;
    }

    /// <summary>Takes out every call there is.</summary>
    public void TakeAll(List<IPendingCall> taken)
    {
        lock (_gate)
        {
            while (_parked.First is { } node)
            {
                taken.Add(node.Value.Call);
                Unpark(node);
            }
            for (var index = 0; index < _used; index++)
            {
                if (_slots[index].Call is not { } call)
                    continue;
                Vacate(index, CallEnd.GivenUp);
                taken.Add(call);
            }
        }
    }

    /// <summary>Takes out the calls whose time is up, and names those whose time is nearly up. False when no call is left to watch.</summary>
    /// <param name="now">The clock.</param>
    /// <param name="mayStop">True when the watch should end if there is nothing to watch.</param>
    /// <param name="expired">Gets the calls whose deadline has come.</param>
    /// <param name="warned">Gets the calls whose deadline comes soon, once each.</param>
    public bool Expire(long now, bool mayStop, List<IPendingCall> expired, List<IPendingCall> warned)
    {
        lock (_gate)
        {
            if (now >= _earliest)
            {
                _earliest = long.MaxValue;
                ExpireSlots(now, expired, warned);
                ExpireParked(now, expired);
            }
            _watched = _count > 0 || _parked.Count > 0 || !mayStop;
            return _watched;
        }
    }

    private void ExpireSlots(long now, List<IPendingCall> expired, List<IPendingCall> warned)
    {
        for (var index = 0; index < _used; index++)
        {
            ref var slot = ref _slots[index];
            if (slot.Call is not { } call)
                continue;
            if (now >= call.Deadline)
            {
                expired.Add(call);
                Vacate(index, CallEnd.GivenUp);
                continue;
            }
            if (now >= slot.CheckAt && !slot.Warned)
            {
                slot.Warned = true;
                slot.CheckAt = call.Deadline;
                warned.Add(call);
            }
            _earliest = Math.Min(_earliest, slot.CheckAt);
        }
    }

    private void ExpireParked(long now, List<IPendingCall> expired)
    {
        for (var node = _parked.First; node is not null;)
        {
            var next = node.Next;
            var call = node.Value.Call;
            if (now >= call.Deadline)
            {
                expired.Add(call);
                Unpark(node);
            }
            else
                _earliest = Math.Min(_earliest, call.Deadline);
            node = next;
        }
    }

    private bool TryTakeSlot(out int index)
    {
        if (_freeCount > 0)
        {
            index = _free[--_freeCount];
            return true;
        }
        index = _used;
        if (_used == limit)
            return false;
        if (_used == _slots.Length)
        {
            Array.Resize(ref _slots, Math.Min(limit, _used * 2));
            Array.Resize(ref _free, _slots.Length);
        }
        _slots[_used++].Generation = firstGeneration;
        return true;
    }

    private void Occupy(int index, IPendingCall call, long checkAt)
    {
        ref var slot = ref _slots[index];
        slot.Call = call;
        slot.Generation = CorrelationId.NextGeneration(slot.Generation);
        slot.CheckAt = checkAt;
        slot.Warned = false;
        slot.TakesMany = call.TakesMany;
        slot.LastEnd = CallEnd.None;
        call.Id = new CorrelationId(index, slot.Generation);
        call.HasSlot = true;
        _count++;
        _earliest = Math.Min(_earliest, checkAt);
    }

    private void Vacate(int index, CallEnd how)
    {
        ref var slot = ref _slots[index];
        slot.Call = null;
        slot.Request = null;
        slot.LastEnd = how;
        _count--;
        if (_parked.First is { } node)
        {
            Occupy(index, node.Value.Call, node.Value.WarnAt);
            Unpark(node);
        }
        else
            _free[_freeCount++] = index;
    }

    private void Unpark(LinkedListNode<ParkedCall> node)
    {
        _parked.Remove(node);
        node.Value.TrySetResult();
    }

    private sealed class ParkedCall(IPendingCall call, long warnAt) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public IPendingCall Call => call;

        public long WarnAt => warnAt;
    }
}
