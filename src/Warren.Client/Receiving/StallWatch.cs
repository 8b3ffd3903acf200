namespace Warren.Client;

/// <summary>Work that may be stuck behind user code that blocks.</summary>
internal interface IStallable
{
    /// <summary>False when there is nothing to watch any more.</summary>
    bool IsWatched { get; }

    /// <summary>True when work waits and none was taken since the last question; the caller then has to call <see cref="Rescue"/>.</summary>
    bool IsStalled();

    /// <summary>Does the work that waits, on the calling thread.</summary>
    void Rescue();
}

/// <summary>
/// Looks every few milliseconds at the queues that have work. One that does not move although it may gets a thread of its own:
/// the thread pool adds threads far too slowly for code that blocks inside handlers.
/// </summary>
internal static class StallWatch
{
    private const int PeriodMs = 10;

    private static readonly Lock Gate = new();
    private static readonly List<IStallable> Watched = [];
    private static readonly List<IStallable> Stalled = [];
    private static readonly Ticker Ticker = new(PeriodMs, Tick);

    public static void Add(IStallable work)
    {
        lock (Gate)
        {
            if (!Watched.Contains(work)) // It may be told off and on again while a tick looks at it.
                Watched.Add(work);
            if (Watched.Count == 1)
                Ticker.Start();
        }
    }

    private static bool Tick()
    {
        lock (Gate)
        {
            for (var i = Watched.Count - 1; i >= 0; i--)
            {
                if (Watched[i].IsStalled())
                    Stalled.Add(Watched[i]);
                else if (!Watched[i].IsWatched)
                    Watched.RemoveAt(i);
            }
        }
        foreach (var work in Stalled)
            new Thread(static state => ((IStallable)state!).Rescue()) { IsBackground = true, Name = "Warren rescue" }.Start(work);
        Stalled.Clear();
        lock (Gate)
            return Watched.Count > 0;
    }
}
