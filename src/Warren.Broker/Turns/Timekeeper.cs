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

    /// <summary>A frame has begun and does not end.</summary>
    Stuck,
}

/// <summary>
/// Four times a second every connection is looked at: no timer object per connection, no clock per octet. Heartbeats as AMQP 0-9-1
/// section 4.2.7: send one after half the time without traffic, miss the client after twice the time; any octet is a sign of life.
/// </summary>
internal sealed class Timekeeper(BrokerClock clock)
{
    public const int PeriodMs = 250;
    private const int EnginePeriodMs = 1000;
    private const int MidFrameMs = 60_000;

    private long _nextMs = PeriodMs; // Written inside the turn, read by any thread, through Volatile only.
    private long _nextEngineMs = EnginePeriodMs;

    public bool IsDue => clock.Elapsed.TotalMilliseconds >= Volatile.Read(ref _nextMs);

    public void Advance(long nowMs, out bool engineIsDue)
    {
        Volatile.Write(ref _nextMs, nowMs + PeriodMs);
        engineIsDue = nowMs >= _nextEngineMs;
        if (engineIsDue)
            _nextEngineMs = nowMs + EnginePeriodMs;
    }

    public static Verdict Judge(Peer peer, long nowMs)
    {
        if (nowMs >= peer.DeadlineMs)
            return Verdict.Late;
        if (peer.State != PeerState.Ending && peer.HeartbeatMs > 0 && nowMs - LastSignMs(peer) > 2 * peer.HeartbeatMs)
            return Verdict.Silent;
        if (peer.IsMidFrame && !peer.IsPaused && nowMs - peer.LastReceivedMs > MidFrameMs)
            return Verdict.Stuck;
        var isDue = peer.HeartbeatMs > 0 && nowMs - peer.LastSentMs >= peer.HeartbeatMs / 2;
        return isDue && peer.State != PeerState.Ending && peer.Outbound.Octets == 0 ? Verdict.HeartbeatDue : Verdict.Fine;
    }

    // Nothing is read from a paused client: that it takes octets is its sign of life then.
    private static long LastSignMs(Peer peer) => peer.IsPaused ? Math.Max(peer.LastReceivedMs, peer.LastSentMs) : peer.LastReceivedMs;
}
