namespace Warren.Simulation;

/// <summary>What a schedule may use. Each seed leaves out about half, so that what is used is used much (swarm testing).</summary>
[Flags]
internal enum Features
{
    None = 0,
    Confirms = 1 << 0,
    Transactions = 1 << 1,
    Consumers = 1 << 2,
    Requeues = 1 << 3,
    Rejects = 1 << 4,
    Purges = 1 << 5,
    TimeToLive = 1 << 6,
    DeadLetters = 1 << 7,
    Limits = 1 << 8,
    Priorities = 1 << 9,
    Quorum = 1 << 10,
    Delays = 1 << 11,
    Deletes = 1 << 12,
    Unbinds = 1 << 13,
    LostConnections = 1 << 14,
    LargeBodies = 1 << 15,
    Transient = 1 << 16,
    Crashes = 1 << 17,
    FailingSyncs = 1 << 18,
    FullDisk = 1 << 19,
    CutRecovery = 1 << 20,
    CutAtOperation = 1 << 21,
    LateReports = 1 << 22,
    BigBatches = 1 << 23,
    TopicRoutes = 1 << 24,
    Fanout = 1 << 25,
    Damage = 1 << 26,
    CleanRestarts = 1 << 27,
    Churn = 1 << 28,
}

internal static class FeatureDraw
{
    private const int Count = 29;

    public static Features Draw(IChoices choices)
    {
        var drawn = Features.None;
        for (var i = 0; i < Count; i++)
        {
            if (choices.Next(2) == 1)
                drawn |= (Features)(1 << i);
        }
        // Damage has weaker checks, so it is a mode of its own, and rare.
        if ((drawn & Features.Damage) != 0 && !choices.OneIn(6))
            drawn &= ~Features.Damage;
        return drawn;
    }
}
