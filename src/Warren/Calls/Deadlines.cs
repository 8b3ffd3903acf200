using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Something that has deadlines to keep.</summary>
internal interface IDeadlineKeeper : IClockWork;

/// <summary>
/// The clock of the calls: one thread for the process, asleep while no call is under way. Not the thread pool's timers, because
/// deadlines have to be kept while user code blocks every pool thread. A driven clock takes the thread's place.
/// </summary>
internal static class Deadlines
{
    private const int PeriodMs = 10;

    private static readonly Lock Gate = new();
    private static readonly List<IDeadlineKeeper> Watched = [];
    private static readonly Ticker Ticker = new(PeriodMs, Tick);

    public static void Watch(IDeadlineKeeper keeper, TimeProvider time)
    {
        if (time is IDrivenClock clock)
        {
            clock.Watch(keeper);
            return;
        }
        lock (Gate)
        {
            Watched.Add(keeper);
            if (Watched.Count == 1)
                Ticker.Start();
        }
    }

    /// <summary>Waits for something that closes; a driven clock goes on meanwhile.</summary>
    public static Task ClosingAsync(this TimeProvider time, Task closing) => time is IDrivenClock clock ? clock.DriveAsync(closing) : closing;

    private static bool Tick()
    {
        // The gate is held throughout: a keeper that has just said "nothing left" and registers anew must not be taken off the list.
        lock (Gate)
        {
            for (var i = Watched.Count - 1; i >= 0; i--)
            {
                if (!Watched[i].Tick())
                    Watched.RemoveAt(i);
            }
            return Watched.Count > 0;
        }
    }
}
