using Warren.Amqp;

namespace Warren;

/// <summary>
/// The tokens of the requests that run: one fires when its request's budget is spent or its caller has cancelled, all fire when the server has
/// waited long enough for its stop. Sources that did not fire are used again.
/// </summary>
internal sealed class RunningRequests(TimeProvider time) : IDeadlineKeeper
{
    private const int MostSpares = 256;
    private const int MostCancelledEarly = 4096;

    private readonly Lock _gate = new();
    private readonly List<Entry> _running = [];       // Guarded by _gate, as everything below.
    private readonly Stack<RequestToken> _spares = [];
    private readonly HashSet<RequestKey> _cancelledEarly = []; // Cancelled before they came here: they may wait in the queue yet.
    private readonly Queue<RequestKey> _cancelledByAge = new();
    private bool _watched;

    private readonly record struct Entry(RequestToken Source, RequestKey Key, long Deadline);

    /// <summary>Gives a request its token.</summary>
    /// <param name="key">Default for one that nobody can cancel.</param>
    /// <param name="deadline">A timestamp of the clock; <see cref="long.MaxValue"/> never comes.</param>
    public RequestToken Start(RequestKey key, long deadline)
    {
        RequestToken? source;
        bool watch;
        lock (_gate)
        {
            if (!_spares.TryPop(out source))
                source = new RequestToken();
            source.Place = _running.Count;
            _running.Add(new Entry(source, key, deadline));
            watch = deadline != long.MaxValue && !_watched;
            _watched |= watch;
        }
        if (watch)
            Deadlines.Watch(this, time);
        return source;
    }

    public void End(RequestToken source)
    {
        lock (_gate)
        {
            if (source.Place == RequestToken.NoPlace)
                return; // It has fired.
            RemoveAt(source.Place);
            if (_spares.Count < MostSpares && source.TryReset())
                _spares.Push(source);
        }
    }

    /// <summary>The caller has cancelled: the token fires, or the request is not started when it comes.</summary>
    public void Cancel(RequestKey key)
    {
        lock (_gate)
        {
            if (TryFire(key, StopReason.Cancelled))
                return;
            if (!_cancelledEarly.Add(key))
                return;
            _cancelledByAge.Enqueue(key);
            if (_cancelledByAge.Count > MostCancelledEarly)
                _cancelledEarly.Remove(_cancelledByAge.Dequeue());
        }
    }

    /// <summary>The caller is not there any more: the token fires.</summary>
    public void Leave(RequestKey key)
    {
        lock (_gate)
            TryFire(key, StopReason.CallerGone);
    }

    /// <summary>True when the caller had cancelled before the request came.</summary>
    public bool WasCancelled(RequestKey key)
    {
        lock (_gate)
            return _cancelledEarly.Count > 0 && _cancelledEarly.Contains(key);
    }

    public void CancelAll()
    {
        lock (_gate)
        {
            while (_running.Count > 0)
                Fire(_running.Count - 1, StopReason.ServerStops);
        }
    }

    long IClockWork.NextDue
    {
        get
        {
            lock (_gate)
                return _running.Count == 0 ? long.MaxValue : _running.Min(entry => entry.Deadline);
        }
    }

    bool IClockWork.Tick()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            for (var i = _running.Count - 1; i >= 0; i--)
            {
                if (now >= _running[i].Deadline)
                    Fire(i, StopReason.Deadline);
            }
            return _watched = _running.Count > 0;
        }
    }

    private bool TryFire(RequestKey key, StopReason reason)
    {
        var index = _running.FindIndex(entry => entry.Key == key);
        if (index < 0)
            return false;
        Fire(index, reason);
        return true;
    }

    private void Fire(int place, StopReason reason)
    {
        _running[place].Source.Fire(reason);
        RemoveAt(place);
    }

    private void RemoveAt(int place)
    {
        _running[place].Source.Place = RequestToken.NoPlace;
        if (place < _running.Count - 1)
        {
            _running[place] = _running[^1];
            _running[place].Source.Place = place;
        }
        _running.RemoveAt(_running.Count - 1);
    }
}
