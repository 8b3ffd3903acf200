namespace Warren.Simulation;

/// <summary>A file without its name: what readers see, what is durable, and what was done since the last sync.</summary>
internal sealed class SimInode
{
    public const int Sector = 512;

    public SimOctets Seen { get; private set; } = new();

    public SimOctets Durable { get; private set; } = new();

    public List<SimOperation> Unsynced { get; } = [];

    /// <summary>Octets that cannot be read, by their first and the one behind their last.</summary>
    public List<(long From, long To)> Unreadable { get; } = [];

    public SimInode Copy()
    {
        var copy = new SimInode { Seen = new SimOctets(Seen), Durable = new SimOctets(Durable) };
        copy.Unsynced.AddRange(Unsynced);
        copy.Unreadable.AddRange(Unreadable);
        return copy;
    }

    public void Do(in SimOperation operation)
    {
        Seen.Apply(operation);
        Unsynced.Add(operation);
    }

    public void Sync()
    {
        foreach (var operation in Unsynced)
            Durable.Apply(operation);
        Unsynced.Clear();
    }

    /// <summary>A sync failed: the system forgets that there was something to write, and goes on showing it.</summary>
    public void DropDirtyPages() => Unsynced.Clear();

    /// <summary>The power is back: what is durable is what is seen.</summary>
    public void Settle(SimOctets durable)
    {
        Durable = durable;
        Seen = new SimOctets(durable);
        Unsynced.Clear();
    }
}
