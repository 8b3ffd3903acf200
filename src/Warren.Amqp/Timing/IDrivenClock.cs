namespace Warren.Amqp;

/// <summary>
/// A clock that somebody moves by hand, so that a test lives an hour in a millisecond. Given as the <see cref="TimeProvider"/> of client, bus and
/// broker: what they otherwise watch by threads of their own they hand to this clock, which calls them when their time has come.
/// </summary>
public interface IDrivenClock
{
    /// <summary>Calls the work whenever its time has come, until its <see cref="IClockWork.Tick"/> returns false.</summary>
    void Watch(IClockWork work);

    /// <summary>
    /// Moves the clock on until the task has ended: for what closes, because who waits for it cannot move the clock meanwhile.
    /// </summary>
    Task DriveAsync(Task closing);
}

/// <summary>What a driven clock calls.</summary>
public interface IClockWork
{
    /// <summary>The timestamp of the clock at which something is due; <see cref="long.MaxValue"/> when nothing is.</summary>
    long NextDue { get; }

    /// <summary>True when all that a tick does leaves as frames: a clock that sees the frames need not look elsewhere for what follows.</summary>
    bool ShowsInFrames => false;

    /// <summary>Does what is due, without running user code. False when nothing is left to watch; then it has to be watched anew.</summary>
    bool Tick();
}
