namespace Warren;

/// <summary>
/// Keeps replies in this process: enough for one server whose connections break. Not for one that dies, because its replies die with it, and not for
/// several that serve one queue, because a request that comes again may come to another of them: then it runs a second time, unless they share a store
/// (see <see cref="IReplyStore"/>). Bounded by number, by size and by age.
/// </summary>
public sealed class MemoryReplyStore : IReplyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredReply> _replies = []; // Guarded by _gate, as the two below.
    private readonly Queue<(string CallId, long StoredAt)> _byAge = new();
    private long _octets;
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
        lock (_gate)
        {
            DropOld(_time.GetTimestamp());
            return new ValueTask<StoredReply?>(_replies.GetValueOrDefault(callId));
        }
    }

    /// <inheritdoc/>
    public ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            DropOld(now);
            if (_replies.TryAdd(callId, reply))
            {
                _byAge.Enqueue((callId, now));
                _octets += SizeOf(callId, reply);
            }
            while (_replies.Count > _limit || (_octets > _maxOctets && _replies.Count > 1))
                DropOldest();
        }
        return default;
    }

    private void DropOld(long now)
    {
        while (_byAge.TryPeek(out var oldest) && now - oldest.StoredAt > _ageTicks)
            DropOldest();
    }

    private void DropOldest()
    {
        var callId = _byAge.Dequeue().CallId;
        _replies.Remove(callId, out var reply);
        _octets -= SizeOf(callId, reply!);
    }

    // Of the entry: its texts and its body, and what the objects around them take.
    private static long SizeOf(string callId, StoredReply reply) => 256 + reply.Body.Length + (sizeof(char) * (callId.Length + reply.Detail.Length));
}
