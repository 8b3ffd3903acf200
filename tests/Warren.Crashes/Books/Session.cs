namespace Warren.Crashes.Books;

/// <summary>A consumer on one channel, as the ledger follows it: within it each lane's messages keep their order. Owned by the ledger's lock.</summary>
internal sealed class Session(string queue, bool ordered)
{
    private readonly Dictionary<int, long> _last = [];

    public string Queue { get; } = queue;

    /// <summary>False for a queue of dead letters, whose order is that of the deaths.</summary>
    public bool IsOrdered { get; } = ordered;

    /// <summary>False when a later one of its lane came before it.</summary>
    public bool IsInOrder(int lane, long number)
    {
        var last = _last.GetValueOrDefault(lane, -1);
        _last[lane] = Math.Max(last, number);
        return number > last;
    }
}
