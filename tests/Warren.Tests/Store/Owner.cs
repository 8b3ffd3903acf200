using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>Writes down what a journal tells its owner.</summary>
internal sealed class Owner : IJournalOwner
{
    private readonly Lock _gate = new();

    public long PersistedPosition { get; private set; }

    public int HasRoomCalls { get; private set; }

    public DiskException? Full { get; private set; }

    public Exception? Failure { get; private set; }

    public List<Damage> Damages { get; } = [];

    public void Persisted(long position)
    {
        lock (_gate)
        {
            Assert.True(position > PersistedPosition, "Positions only grow.");
            Assert.Null(Failure);
            PersistedPosition = position;
        }
    }

    /// <summary>Waits until a position is on disk, for a journal with a thread.</summary>
    public void WaitFor(long position)
    {
        var end = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
        while (true)
        {
            lock (_gate)
            {
                if (PersistedPosition >= position)
                    return;
            }
            end.ThrowIfCancellationRequested();
            Thread.Yield();
        }
    }

    public void HasRoom() => HasRoomCalls++;

    public void DiskFull(DiskException reason)
    {
        Assert.Null(Full);
        Full = reason;
    }

    public void DiskHasRoom()
    {
        Assert.NotNull(Full);
        Full = null;
    }

    public void Damaged(Damage damage) => Damages.Add(damage);

    public void Failed(Exception reason)
    {
        Assert.Null(Failure);
        Failure = reason;
    }
}
