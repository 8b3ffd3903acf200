using Warren.Client;

namespace Warren;

/// <summary>
/// The deliveries of one channel that are not settled yet, in their order. What is done is acknowledged by as few frames as possible: one
/// for everything before the first delivery that still runs, and one each for those behind it. As large as the prefetch, no matter how
/// long the oldest delivery runs.
/// </summary>
internal sealed class AckWindow(Action<ulong, bool> ack) : IStallable, IBatched
{
    private const int None = -1;

    // Two locks, so that nothing is written with _gate held, which the stall watch asks for under a lock of its own that writing may want.
    private readonly Lock _sending = new(); // Held while acknowledgements are written: their order is the order of the tags.
    private readonly List<(ulong Tag, bool Multiple)> _toSend = []; // Guarded by _sending.
    private readonly Lock _gate = new();
    private Entry[] _entries = new Entry[8]; // A linked list by index; guarded by _gate, as everything below.
    private int _used;
    private int _free = None;
    private int _first = None;
    private int _last = None;
    private int _done;
    private long _flushes;
    private long _flushesAtLastWatch;
    private bool _watched;

    public AckWindow(AmqpChannel channel)
        : this(channel.Ack)
    {
    }

    private struct Entry
    {
        public ulong Tag;
        public int Previous;
        public int Next; // Also links the free entries.
        public bool IsDone;
    }

    /// <summary>A delivery came; returns its place, by which it is known here. Deliveries come in the order of their tags.</summary>
    public int Add(ulong tag)
    {
        lock (_gate)
        {
            var place = TakePlace();
            _entries[place] = new Entry { Tag = tag, Previous = _last, Next = None };
            if (_last == None)
                _first = place;
            else
                _entries[_last].Next = place;
            return _last = place;
        }
    }

    /// <summary>The delivery is dealt with; the acknowledgement leaves with the next <see cref="Flush"/>.</summary>
    public void Done(int place)
    {
        bool watch;
        lock (_gate)
        {
            _entries[place].IsDone = true;
            _done++;
            watch = !_watched;
            _watched = true;
        }
        if (watch)
            StallWatch.Add(this);
    }

    /// <summary>The delivery was given back by the caller.</summary>
    public void Forget(int place)
    {
        lock (_gate)
            Remove(place);
    }

    /// <summary>The same as <see cref="Flush"/>, once for all that end in one go, where a batch is under way on this thread.</summary>
    public void FlushLater()
    {
        if (SendScope.Current is { } sends)
            sends.Later(this);
        else
            Flush();
    }

    void IBatched.Write() => Flush();

    /// <summary>Acknowledges everything that is done.</summary>
    public void Flush()
    {
        // Inside a scope acknowledgements are only written; what a send sets off, such as the next delivery, comes after the locks.
        var sends = SendScope.Current is null ? SendScope.Enter() : null;
        lock (_sending)
        {
            CollectDone();
            foreach (var (tag, multiple) in _toSend)
                ack(tag, multiple);
            _toSend.Clear();
        }
        sends?.Exit();
    }

    // A runner acknowledges when its batch is done. If a handler of the batch takes long, the watch does it: the broker must not hold back
    // requests because of replies that were sent long ago.
    bool IStallable.IsWatched
    {
        get
        {
            lock (_gate)
                return _watched;
        }
    }

    bool IStallable.IsStalled()
    {
        lock (_gate)
        {
            var stalled = _done > 0 && _flushes == _flushesAtLastWatch;
            _flushesAtLastWatch = _flushes;
            _watched = _done > 0;
            return stalled;
        }
    }

    void IStallable.Rescue() => Flush();

    private void CollectDone()
    {
        lock (_gate)
        {
            _flushes++;
            if (_done > 0)
                CollectPrefix();
            for (var place = _first; _done > 0 && place != None;)
            {
                var entry = _entries[place];
                if (entry.IsDone)
                {
                    Settle(place);
                    _toSend.Add((entry.Tag, false));
                }
                place = entry.Next;
            }
        }
    }

    // With `multiple` the tag itself has to be one that the broker still waits for, or it closes the channel (406, unknown delivery tag).
    private void CollectPrefix()
    {
        var tag = 0UL;
        var count = 0;
        for (; _first != None && _entries[_first].IsDone; count++)
        {
            tag = _entries[_first].Tag;
            Settle(_first);
        }
        if (count > 0)
            _toSend.Add((tag, count > 1));
    }

    private void Settle(int place)
    {
        _done--;
        Remove(place);
    }

    private void Remove(int place)
    {
        var (previous, next) = (_entries[place].Previous, _entries[place].Next);
        if (previous == None)
            _first = next;
        else
            _entries[previous].Next = next;
        if (next == None)
            _last = previous;
        else
            _entries[next].Previous = previous;
        _entries[place].Next = _free;
        _free = place;
    }

    private int TakePlace()
    {
        if (_free != None)
        {
            var place = _free;
            _free = _entries[place].Next;
            return place;
        }
        if (_used == _entries.Length)
            Array.Resize(ref _entries, _used * 2);
        return _used++;
    }
}
