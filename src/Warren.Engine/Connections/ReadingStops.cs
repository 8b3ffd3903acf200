namespace Warren.Engine;

/// <summary>Why nothing is read from a connection.</summary>
[Flags]
internal enum ReadingStops
{
    /// <summary>It is read from.</summary>
    None = 0,

    /// <summary>It publishes while an alarm stands.</summary>
    Alarm = 1,

    /// <summary>Many answers to it wait for the disk.</summary>
    Answers = 2,
}

/// <summary>Tells the host whether to read from a connection: as long as there is a reason not to, it does not.</summary>
internal sealed class Reading(VirtualHost host, ConnectionId connection)
{
    private ReadingStops _stops;
    private bool _isEnded;

    public void Stop(ReadingStops reason)
    {
        if (_isEnded)
            return;
        if (_stops == ReadingStops.None)
            host.Effects.Pause(connection);
        _stops |= reason;
    }

    public void GoOn(ReadingStops reason)
    {
        if ((_stops & reason) == 0)
            return;
        _stops &= ~reason;
        if (_stops == ReadingStops.None)
            host.Effects.Resume(connection);
    }

    /// <summary>There is no reason any more: the connection ends, and its last answer has to be read.</summary>
    public void GoOn() => GoOn(_stops);

    /// <summary>The connection has ended: the host hears no more of it, for it may have given the number to another.</summary>
    public void End()
    {
        _stops = ReadingStops.None;
        _isEnded = true;
    }
}
