using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>
/// Whether connections are accepted at present: not while there are no descriptors for them. Then newcomers wait in the system's queue, and those who are connected are
/// served on. Says aloud when that begins and ends, once a minute at most. One for each listener.
/// </summary>
internal sealed class Door(DescriptorRoom room, Func<int> countConnections, ILogger log)
{
    private const int SilenceMs = 60_000;

    private bool _hasComplained;                  // Owned by who accepts, as the next.
    private long _complainsAgainAt = long.MinValue;

    /// <summary>True when somebody may come in.</summary>
    public bool IsOpen()
    {
        if (room.IsThere())
            return true;
        if (MayComplain())
            Log.NoDescriptors(log, countConnections(), room.Limit, room.Reserved);
        return false;
    }

    /// <summary>Somebody has come in. False when there was no room after all, and the connection should be closed.</summary>
    public bool Admit(int descriptor)
    {
        if (room.IsReserved(descriptor))
            return false;
        if (_hasComplained)
            Log.AcceptingAgain(log);
        _hasComplained = false;
        return true;
    }

    /// <summary>The system has refused to accept anybody.</summary>
    public void Fail(int errno)
    {
        if (MayComplain())
            Log.AcceptFailed(log, errno);
    }

    private bool MayComplain()
    {
        var now = Environment.TickCount64;
        if (now < _complainsAgainAt)
            return false;
        _complainsAgainAt = now + SilenceMs;
        return _hasComplained = true;
    }
}
