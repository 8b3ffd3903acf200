namespace Warren;

/// <summary>
/// Keeps replies in this process: enough for one server whose connections break. Not for one that dies, because its replies die with it, and not for
/// several that serve one queue, because a request that comes again may come to another of them: then it runs a second time, unless they share a store
/// (see <see cref="IReplyStore"/>). Bounded by number, by size and by age.
/// </summary>
public sealed class MemoryReplyStore : IReplyStore
{
    private readonly Lock _gate = new();
    private readonly ReplyLog _replies = new(); // Guarded by _gate.
    private readonly int _limit;
    private readonly long _maxOctets;
    private readonly long _ageTicks;
    private readonly TimeProvider _time;

    /// <summary>Makes an empty store.</summary>
    /// <param name="limit">How many replies at most, 1 or more; default one million.</param>
    /// <param name="age">How long a reply is kept; default 24 hours.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="maxOctets">How much memory the replies may take, roughly, 1 or more; default 256 MiB. The newest reply is kept however large it is.</param>
    public MemoryReplyStore(int limit = 1_000_000, TimeSpan? age = null, TimeProvider? time = null, long maxOctets = 256 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxOctets, 1);
        _limit = limit;
        _maxOctets = maxOctets;
        _time = time ?? TimeProvider.System;
        _ageTicks = (long)((age ?? TimeSpan.FromHours(24)).TotalSeconds * _time.TimestampFrequency);
    }

    /// <summary>How many replies there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                DropOld(_time.GetTimestamp());
                return _replies.Count;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredReply?> FindAsync(string callId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callId);
        lock (_gate)
        {
            DropOld(_time.GetTimestamp());
            return new ValueTask<StoredReply?>(_replies.TryFind(callId, out var reply) ? reply : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callId);
        ArgumentNullException.ThrowIfNull(reply);
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            DropOld(now);
            _replies.TryAdd(callId, reply, now);
            while (_replies.Count > _limit || (_replies.Octets > _maxOctets && _replies.Count > 1))
                _replies.RemoveOldest();
        }
        return default;
    }

    private void DropOld(long now)
    {
        while (_replies.Count > 0 && now - _replies.OldestAt > _ageTicks)
            _replies.RemoveOldest();
    }
}
