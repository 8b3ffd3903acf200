namespace Warren.Engine;

/// <summary>Those who wait for the disk, in the order of their positions, so that nobody is looked at before it is due.</summary>
internal sealed class JournalWaits(IJournal journal)
{
    private readonly List<JournalWait> _open = [];
    private readonly Queue<Waiting> _waiting = new();

    private readonly record struct Waiting(long Position, JournalWait Wait);

    /// <summary>Everything up to here is on disk.</summary>
    public long Persisted { get; private set; } = journal.Position;

    /// <summary>How many wait, for checks.</summary>
    public int Count => _open.Count + _waiting.Count;

    /// <summary>It waits for all that is appended before the batch ends.</summary>
    public void Open(JournalWait wait)
    {
        if (wait.IsOpen)
            return;
        wait.IsOpen = true;
        _open.Add(wait);
    }

    /// <summary>It waits for what is appended already.</summary>
    public void Add(JournalWait wait) => _waiting.Enqueue(new Waiting(journal.Position, wait));

    /// <summary>The batch ends: now it is known what was opened waits for.</summary>
    /// <returns>False when there was nothing of the kind.</returns>
    public bool EndBatch()
    {
        if (_open.Count == 0)
            return false;
        var position = journal.Position;
        foreach (var wait in _open)
        {
            wait.IsOpen = false;
            wait.Close(position);
            _waiting.Enqueue(new Waiting(position, wait));
        }
        _open.Clear();
        Reach(Persisted); // They may have waited for nothing.
        return true;
    }

    /// <summary>The disk has come so far. One that fails is out of the line: whoever calls again goes on behind it.</summary>
    public void Reach(long position)
    {
        Persisted = Math.Max(Persisted, position);
        while (_waiting.TryPeek(out var first) && first.Position <= Persisted)
            _waiting.Dequeue().Wait.Reach(Persisted);
    }
}
