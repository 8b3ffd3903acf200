namespace Warren;

/// <summary>
/// Keeps replies in this process: enough for requests that come again because a connection was lost, not for those of a server that died.
/// Bounded by number and by age.
/// </summary>
public sealed class MemoryReplyStore : IReplyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredReply> _replies = []; // Guarded by _gate, as the queue below.
    private readonly Queue<(string CallId, long StoredAt)> _byAge = new();
    private readonly int _limit;
    private readonly long _ageTicks;
    private readonly TimeProvider _time;

    /// <summary>Makes an empty store.</summary>
    /// <param name="limit">How many replies at most, 1 or more; default one million.</param>
    /// <param name="age">How long a reply is kept; default 24 hours.</param>
    /// <param name="time">The clock; the system's by default.</param>
    public MemoryReplyStore(int limit = 1_000_000, TimeSpan? age = null, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _limit = limit;
        _time = time ?? TimeProvider.System;
        _ageTicks = (long)((age ?? TimeSpan.FromHours(24)).TotalSeconds * _time.TimestampFrequency);
    }

    /// <summary>How many replies there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _replies.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredReply?> FindAsync(string callId, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new ValueTask<StoredReply?>(_replies.GetValueOrDefault(callId));
    }

    /// <inheritdoc/>
    public ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            if (_replies.TryAdd(callId, reply))
                _byAge.Enqueue((callId, now));
            while (_byAge.TryPeek(out var oldest) && (_replies.Count > _limit || now - oldest.StoredAt > _ageTicks))
                _replies.Remove(_byAge.Dequeue().CallId);
        }
        return default;
    }
}
