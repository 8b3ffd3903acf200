namespace Warren.Broker;

/// <summary>What time says about a connection.</summary>
internal enum Verdict
{
    /// <summary>Nothing.</summary>
    Fine,

    /// <summary>Nothing was sent for half a heartbeat.</summary>
    HeartbeatDue,

    /// <summary>Its deadline is over.</summary>
    Late,

    /// <summary>Not a sign of life for two heartbeats.</summary>
    Silent,

    /// <summary>A frame or a message has begun and does not end.</summary>
    Stuck,
}

/// <summary>
/// Four times a second every connection is looked at: no timer object per connection, no clock per octet. Heartbeats as AMQP 0-9-1
/// section 4.2.7: send one after half the time without traffic, miss the client after twice the time; any octet is a sign of life.
/// Between these times the engine is stepped when it says that something is due, such as a message that expires.
/// </summary>
internal sealed class Timekeeper(BrokerClock clock)
{
    public const int PeriodMs = 250;
    private const int EnginePeriodMs = 1000;
    private const int UnfinishedMs = 60_000;

    private long _nextMs = PeriodMs;          // Written inside the turn, read by any thread, through Volatile only.
    private long _nextDueMs = long.MaxValue;  // As above.
    private long _wakesAtMs = long.MinValue;  // Written by who sleeps, read inside the turn, through Volatile only.
    private long _nextDueTicks = long.MaxValue;
    private long _nextEngineMs = EnginePeriodMs;

    /// <summary>Called inside the turn when whoever sleeps must wake earlier than planned. Set once, at the start.</summary>
    public Action? WakeEarlier { get; set; }

    /// <summary>The clock's timestamp at the start.</summary>
    public long StartTimestamp => clock.StartTimestamp;

    /// <summary>When something is due next, in milliseconds since the start.</summary>
    public long NextTickMs => Math.Min(Volatile.Read(ref _nextMs), Volatile.Read(ref _nextDueMs));

    public bool IsDue => clock.Elapsed.TotalMilliseconds >= Math.Min(Volatile.Read(ref _nextMs), Volatile.Read(ref _nextDueMs));

    /// <summary>True when the connections are to be looked at; the next time is a period later.</summary>
    public bool TakePeriod(long nowMs, out bool engineIsDue)
    {
        engineIsDue = nowMs >= _nextEngineMs;
        if (engineIsDue)
            _nextEngineMs = nowMs + EnginePeriodMs;
        if (nowMs < Volatile.Read(ref _nextMs))
            return false;
        Volatile.Write(ref _nextMs, nowMs + PeriodMs);
        return true;
    }

    /// <summary>Hears when the engine wants to be stepped next. Inside the turn, at the end of every batch: mostly nothing has changed.</summary>
    public void Plan(long nextDueTicks)
    {
        if (nextDueTicks == _nextDueTicks)
            return;
        _nextDueTicks = nextDueTicks;
        var nextDueMs = clock.ElapsedMsAt(nextDueTicks);
        Volatile.Write(ref _nextDueMs, nextDueMs);
        Interlocked.MemoryBarrier(); // Either the sleeper sees this time, or its own is seen here.
        if (nextDueMs < Volatile.Read(ref _wakesAtMs))
            WakeEarlier?.Invoke();
    }

    /// <summary>The one thread that keeps the time goes to sleep.</summary>
    /// <returns>For how many milliseconds at most, 0 to a period.</returns>
    public int BeginSleep()
    {
        var nowMs = clock.Elapsed.TotalMilliseconds;
        Volatile.Write(ref _wakesAtMs, (long)nowMs + PeriodMs);
        Interlocked.MemoryBarrier();
        var nextDueMs = Volatile.Read(ref _nextDueMs);
        if (nextDueMs < (long)nowMs + PeriodMs)
            Volatile.Write(ref _wakesAtMs, nextDueMs);
        return (int)Math.Ceiling(Math.Clamp(nextDueMs - nowMs, 0, PeriodMs));
    }

    /// <summary>It is awake, and looks at the clock before it sleeps again.</summary>
    public void EndSleep() => Volatile.Write(ref _wakesAtMs, long.MinValue);

    public static Verdict Judge(Peer peer, long nowMs)
    {
        if (nowMs >= peer.DeadlineMs)
            return Verdict.Late;
        if (peer.State != PeerState.Ending && peer.HeartbeatMs > 0 && nowMs - LastSignMs(peer) > 2 * peer.HeartbeatMs)
            return Verdict.Silent;
        if (!peer.IsPaused && nowMs - peer.LastReceivedMs > UnfinishedMs && peer.IsMidway)
            return Verdict.Stuck;
        var isDue = peer.HeartbeatMs > 0 && nowMs - peer.LastSentMs >= peer.HeartbeatMs / 2;
        return isDue && peer.State != PeerState.Ending && peer.Outbound.Octets == 0 ? Verdict.HeartbeatDue : Verdict.Fine;
    }

    // Nothing is read from a paused client: that it takes octets is its sign of life then.
    private static long LastSignMs(Peer peer) => peer.IsPaused ? Math.Max(peer.LastReceivedMs, peer.LastSentMs) : peer.LastReceivedMs;
}
